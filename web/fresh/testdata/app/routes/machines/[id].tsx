import { define } from "../../define.ts";

export default define.page(({ params, route }) => <p>{`machine ${params.id} by ${route}`}</p>);
