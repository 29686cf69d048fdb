import { HttpError } from "fresh";
import { define } from "../define.ts";

export default define.page(({ error, url }) => (
  <p id="error">
    {error instanceof HttpError ? `status ${error.status}` : "broken"} at {url.pathname}
  </p>
));
