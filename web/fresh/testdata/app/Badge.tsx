import Inner from "./islands/Inner.tsx";

export function Badge({ text }: { text: string }) {
  return <Inner text={text} />;
}
