// What browsers have had since 2022, and older checkers do not know.
interface Array<T> {
  findLast(fits: (value: T, index: number, all: T[]) => unknown): T | undefined;
  findLastIndex(fits: (value: T, index: number, all: T[]) => unknown): number;
}
