import { define } from "../../define.ts";

export default define.page(({ params }) => <p>rest {params.path}</p>);
