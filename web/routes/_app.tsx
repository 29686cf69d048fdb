import { asset } from "fresh/runtime";
import { define } from "../define.ts";

export default define.layout(({ Component, state }) => (
  <html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta
        name="viewport"
        content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content"
      />
      <meta name="color-scheme" content="light dark" />
      <meta name="theme-color" media="(prefers-color-scheme: light)" content="#f7f7f5" />
      <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#15171a" />
      {state.csrfToken !== null && <meta name="csrf-token" content={state.csrfToken} />}
      <title>Chatcode</title>
      <link rel="icon" href={asset("/icon.svg")} type="image/svg+xml" />
      <link rel="manifest" href="/manifest.webmanifest" />
      <link rel="stylesheet" href={asset("/app.css")} />
      <script src={asset("/early.js")}></script>
    </head>
    <body>
      <Component />
    </body>
  </html>
));
