// @ts-check
// Charts that are looked at together: one cross-hair goes through all of them, and they show the same stretch.
//
// ECharts can connect charts too. Then one that has nothing at a place tells all others to hide their cross-hair, and one that is drawn anew,
// as live ones are all the time, loses its own.

/** @typedef {{ axisDim: string, axisIndex: number, value: number }} Place */

/** @param {{ start?: number, end?: number, startValue?: number, endValue?: number }} zoom */
const isWhole = (zoom) => zoom.start === 0 && zoom.end === 100;

class ChartGroup {
  constructor() {
    /** @type {Set<any>} */
    this.charts = new Set();
    /** Which stretch is seen; null: all. One that comes into sight later shows it too. */
    this.zoom = /** @type {object | null} */ (null);
    /** Where the pointer is, in the one that it is over. */
    this.place = /** @type {Place | null} */ (null);
    this.isFollowing = false;
    /** Those that are being drawn anew, and lose their cross-hair by that. */
    this.renewed = new Set();
  }

  /** @param {any} chart @param {() => boolean} isPointed whether the pointer is over it */
  add(chart, isPointed) {
    this.charts.add(chart);
    if (this.zoom) this.follow(chart, { type: "dataZoom", ...this.zoom });
    chart.on("datazoom", (/** @type {any} */ event) => {
      if (this.isFollowing) return;
      const { start, end, startValue, endValue } = event.batch?.[0] ?? event;
      const zoom = startValue === undefined ? { start, end } : { startValue, endValue };
      // All are already: each chart of a view asks for it when the axis changes.
      if (isWhole(zoom) && !this.zoom) return;
      this.zoom = isWhole(zoom) ? null : zoom;
      for (const other of this.charts) if (other !== chart) this.follow(other, { type: "dataZoom", ...zoom });
    });
    chart.on("updateAxisPointer", (/** @type {any} */ event) => isPointed() && this.pointed(chart, event.axesInfo?.[0] ?? null));
    chart.on("finished", () => {
      if (this.renewed.delete(chart) && this.place && !isPointed()) this.cross(chart, this.place);
    });
  }

  /** @param {any} chart */
  remove(chart) {
    this.charts.delete(chart);
    this.renewed.delete(chart);
  }

  /**
   * The pointer is at a place of one of them; null: at none.
   * @param {any} chart @param {Place | null} place
   */
  pointed(chart, place) {
    this.place = place;
    for (const other of this.charts) if (other !== chart) place ? this.cross(other, place) : other.dispatchAction({ type: "updateAxisPointer", currTrigger: "leave" });
  }

  /** @param {any} chart @param {Place} place */
  cross(chart, place) {
    // Any point of it will do, since the place is told.
    chart.dispatchAction({ type: "updateAxisPointer", x: chart.getWidth() / 2, y: chart.getHeight() / 2, axesInfo: [place] });
  }

  /** @param {any} chart @param {any} action */
  follow(chart, action) {
    this.isFollowing = true;
    chart.dispatchAction(action);
    this.isFollowing = false;
  }
}

/** @type {Map<string, ChartGroup>} */
const groups = new Map();

/** @param {string} name */
export function groupOf(name) {
  const group = groups.get(name) ?? new ChartGroup();
  // What was zoomed in a view that is left says nothing about the next one.
  if (!group.charts.size) group.zoom = group.place = null;
  groups.set(name, group);
  return group;
}
