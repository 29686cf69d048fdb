import { HttpError, type PageProps } from "fresh";

export default async function Async({ url }: PageProps) {
  await Promise.resolve();
  if (url.searchParams.has("fail")) throw new HttpError(403, "Not yours");
  if (url.searchParams.has("answer")) return new Response("its own answer");
  return <p>awaited</p>;
}
