"""Every view, light and dark, wide and narrow: a picture of it is left in web/tests/artefacts, and it is looked through for what would keep
somebody out."""

import pathlib

import axe_playwright_python
import pytest
from conftest import HERE, open_view, signed_in

ARTEFACTS = HERE / "artefacts"

VIEWS = {
    "sessions": "#/sessions",
    "terminal": "#/sessions/{failed}/terminal",
    "graph": "#/sessions/{first}/graph?smoothing=0.6",
    "media": "#/sessions/{first}/graph?metrics=none",
    "models": "#/sessions/{first}/models",
    "infer": "#/sessions/{first}/infer",
    "usage": "#/sessions/{live}/resources",
    "events": "#/sessions/{first}/events",
    "overview": "#/sessions/{first}/overview",
    "code": "#/sessions/{first}/code",
    "datasets": "#/datasets",
    "board": "#/datasets/digits",
    "files": "#/datasets/digits/files",
    "resources": "#/resources",
    "compare": "#/compare?sessions={first},{last}",
    "differences": "#/compare/arguments?sessions={first},{last}",
    "parallel": "#/compare/plot?sessions={all}",
    "points": "#/compare/plot?plot=points&sessions={all}",
    "versions": "#/datasets/digits/versions",
    "settings": "#/datasets/digits/settings",
}

# What a reader of the screen needs, looked for in the document of each view: a name for everything that can be used, one main
# heading, no id twice, and nothing that is wider than the window.
AUDIT = """() => {
  const found = [];
  const name = (e) => (e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.innerText || e.title || '').trim();
  for (const e of document.querySelectorAll('a[href], button, input, select, textarea, summary'))
    if (e.offsetParent && e.getAttribute('aria-hidden') !== 'true' && !name(e)) found.push('no name: ' + e.outerHTML.slice(0, 120));
  if (document.querySelectorAll('h1').length !== 1) found.push(document.querySelectorAll('h1').length + ' main headings');
  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  if (new Set(ids).size !== ids.length) found.push('an id twice');
  if (document.documentElement.scrollWidth > innerWidth) found.push('wider than the window: ' + document.documentElement.scrollWidth);
  const lum = (c) => { const [r, g, b] = c.map((v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const parse = (t) => t.match(/[\\d.]+/g).map(Number);
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !e.offsetParent || e.closest('[aria-hidden=true], :disabled, .hidden')) continue;
    const style = getComputedStyle(e);
    let ground = [255, 255, 255, 0];
    for (let p = e; p; p = p.parentElement) {
      const c = parse(getComputedStyle(p).backgroundColor);
      if (c.length < 4 || c[3] === 1) { ground = c; break; }
      if (c[3] > 0) { ground = null; break; }
    }
    if (!ground || style.backgroundColor.startsWith('color(')) continue;
    const [a, b] = [lum(parse(style.color).slice(0, 3)), lum(ground.slice(0, 3))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)}: ${e.className} "${e.innerText.slice(0, 30)}" ${style.color}`);
  }
  return [...new Set(found)];
}"""


# axe-core looks for everything of WCAG 2.2 A and AA that a machine can find. It takes a while: once in each scheme and each width is enough.
AXE = (pathlib.Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
RUN_AXE = """() => axe.run(document, { resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((found) => found.violations.map(
    (one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 140) + ' ' + (node.any[0]?.message ?? '')).join(' | ')))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_every_view_is_accessible_and_photographed(platform, browser, scheme, width):
    ARTEFACTS.mkdir(exist_ok=True)
    page, watch = signed_in(platform, browser, width, scheme)
    names = {"failed": platform.failed, "live": platform.live, "first": platform.ended[0], "last": platform.ended[-1], "all": ",".join(platform.ended)}
    problems = []
    for view, address in VIEWS.items():
        open_view(page, address.format(**names))
        page.wait_for_timeout(900 if view in ("graph", "media", "usage", "compare", "parallel", "points") else 350)
        page.screenshot(path=ARTEFACTS / f"{view}-{scheme}-{width}.png")
        problems += [f"{view}: {finding}" for finding in page.evaluate(AUDIT)]
        if (width == 1440) == (scheme == "light"):
            page.evaluate(AXE)
            problems += [f"{view}: {finding}" for finding in page.evaluate(RUN_AXE)]
        if width == 390:
            page.set_viewport_size({"width": 360, "height": 740})
            problems += [f"{view} at 360: {finding}" for finding in page.evaluate(AUDIT)]
            page.set_viewport_size({"width": width, "height": 844})
    page.context.close()
    assert problems == []
    assert watch.findings == []
