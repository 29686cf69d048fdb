/** Names one build of the app. In browser bundles the builder puts the real value here. */
export let buildId = "unbuilt";

/** The snapshot in use says which build is running. */
export function setBuildId(id: string): void {
  buildId = id;
}
