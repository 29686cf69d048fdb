import { define } from "../define.ts";

export default define.layout(({ Component, state }) => (
  <main data-trace={state.trace.join(">")}>
    <Component />
  </main>
));
