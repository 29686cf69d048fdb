import { HttpError } from "fresh";
import { Head } from "fresh/runtime";
import { Shell } from "../components/Shell.tsx";
import { define } from "../define.ts";

/** What went wrong, in words that help. */
function words(status: number): { title: string; advice: string } {
  switch (status) {
    case 404:
      return { title: "There is no such page", advice: "The link may be old, or mistyped." };
    case 401:
    case 403:
      return { title: "You may not see this", advice: "Ask the owner of this relay for access." };
    case 429:
      return { title: "Too many tries", advice: "Wait a minute, then load the page again." };
    case 503:
      return { title: "The relay is busy", advice: "Load the page again in a moment." };
    default:
      return status < 500
        ? { title: "That did not work", advice: "Go back and try it another way." }
        : {
          title: "Something broke here",
          advice:
            "It was written to the relay's log. Load the page again; if it stays, look there.",
        };
  }
}

export default define.page(({ error, state, url }) => {
  const status = error instanceof HttpError ? error.status : 500;
  const { title, advice } = words(status);
  return (
    <Shell principal={state.principal} path={url.pathname} version={state.services.version}>
      <Head>
        <title>{title} · Chatcode</title>
      </Head>
      <div class="page narrow" data-testid="error-page">
        <p class="eyebrow">Error {status}</p>
        <h1>{title}</h1>
        <p>{advice}</p>
        <p>
          <a class="button primary" href="/">Go to the start</a>
        </p>
      </div>
    </Shell>
  );
});
