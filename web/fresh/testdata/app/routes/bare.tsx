export const config = { skipInheritedLayouts: true, skipAppWrapper: true };

export default function Bare() {
  return <p>bare</p>;
}
