import { Shell } from "../../components/Shell.tsx";
import { define } from "../../define.ts";

export default define.layout(({ Component, state, url }) => (
  <Shell principal={state.principal} path={url.pathname} version={state.services.version}>
    <Component />
  </Shell>
));
