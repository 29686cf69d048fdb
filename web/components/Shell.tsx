import type { ComponentChildren } from "preact";
import AccountMenu from "../islands/AccountMenu.tsx";
import type { Principal } from "../services.ts";

const PLACES = [
  { href: "/sessions", name: "Sessions" },
  { href: "/machines", name: "Machines" },
  { href: "/usage", name: "Usage" },
  { href: "/settings", name: "Settings" },
] as const;

/** What every page but the terminal stands in. */
export function Shell(
  { principal, path, version, children }: {
    principal: Principal | null;
    path: string;
    version: string;
    children: ComponentChildren;
  },
) {
  return (
    <div class="shell">
      <a class="skip" href="#main">Skip to the page</a>
      <header class="top">
        <a class="brand" href="/">
          <img src="/icon.svg" alt="" width="24" height="24" />
          <span>Chatcode</span>
        </a>
        {principal !== null && (
          <>
            <nav aria-label="Main">
              {PLACES.map(({ href, name }) => (
                <a href={href} key={href} aria-current={path.startsWith(href) ? "page" : undefined}>
                  {name}
                </a>
              ))}
            </nav>
            <AccountMenu name={principal.name} />
          </>
        )}
      </header>
      <main id="main" tabIndex={-1}>{children}</main>
      <footer class="foot">Chatcode {version}</footer>
    </div>
  );
}
