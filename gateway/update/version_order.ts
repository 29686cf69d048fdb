const VERSION = /^v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:-([0-9A-Za-z.-]{1,64}))?$/;

/** `1.2.3` of `v1.2.3`; `undefined` if it is no version. */
export function plainVersion(text: string): string | undefined {
  return VERSION.test(text.trim()) ? text.trim().replace(/^v/, "") : undefined;
}

/** Below 0 if `a` is older than `b`, 0 if they are the same. A pre-release is older than its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  if (!left || !right) throw new RangeError(`Cannot compare "${a}" and "${b}": no versions`);
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part]);
    if (difference !== 0) return difference;
  }
  const [leftPre, rightPre] = [left[4], right[4]];
  if (leftPre === rightPre) return 0;
  if (leftPre === undefined) return 1;
  if (rightPre === undefined) return -1;
  return leftPre.localeCompare(rightPre, "en", { numeric: true });
}
