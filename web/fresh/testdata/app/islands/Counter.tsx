import { useEffect, useState } from "preact/hooks";
import { IS_BROWSER } from "fresh/runtime";
import { Badge } from "../Badge.tsx";

interface Props {
  start: number;
  text: string;
  nested?: { list: unknown[] };
}

export default function Counter({ start, text, nested }: Props) {
  const [count, setCount] = useState(start);
  const [lazy, setLazy] = useState("");
  useEffect(() => {
    import("../heavy.ts").then(({ heavy }) => setLazy(heavy));
  }, []);
  return (
    <div class="counter" data-browser={String(IS_BROWSER)}>
      <button type="button" onClick={() => setCount(count + 1)}>{count}</button>
      <output>{text}</output>
      <code>{JSON.stringify(nested ?? null)}</code>
      <Badge text={lazy} />
    </div>
  );
}
