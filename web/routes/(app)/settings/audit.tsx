import { page } from "fresh";
import { Head } from "fresh/runtime";
import { define, signedIn } from "../../../define.ts";
import { dateTime } from "../../../lib/words.ts";

const PAGE_ENTRIES = 100;

export const handler = define.handlers({
  async GET(ctx) {
    const cursor = ctx.url.searchParams.get("after");
    const { audit } = ctx.state.services;
    return page(await audit.list(signedIn(ctx.state), { limit: PAGE_ENTRIES, cursor }));
  },
});

export default define.page<typeof handler>(({ data: { entries, next }, url }) => (
  <div class="page">
    <Head>
      <title>Audit log · Chatcode</title>
    </Head>
    <header class="page-head">
      <h1>Audit log</h1>
      <a href="/settings">Back to settings</a>
    </header>
    {entries.length === 0
      ? <p class="note">Nothing more.</p>
      : (
        <div class="table-scroll" tabIndex={0} role="region" aria-label="Audit log">
          <table data-testid="audit">
            <thead>
              <tr>
                <th scope="col">When</th>
                <th scope="col">Who</th>
                <th scope="col">What</th>
                <th scope="col">On</th>
                <th scope="col">From</th>
              </tr>
            </thead>
            <tbody>
              {entries.map((entry, index) => (
                <tr key={index}>
                  <td>{dateTime(entry.atMs)}</td>
                  <td>{entry.who}</td>
                  <td>{entry.what}</td>
                  <td class="path">{entry.target}</td>
                  <td>{entry.address ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    <p class="pager">
      {url.searchParams.has("after") && <a href="/settings/audit">Newest</a>}
      {next !== null && <a href={`/settings/audit?after=${encodeURIComponent(next)}`}>Older</a>}
    </p>
  </div>
));
