/** How a run is shown: a live picture on a terminal, quiet lines elsewhere. */
export function viewFor(json: boolean): "live" | "lines" | "none" {
  if (process.stderr.isTTY && process.env["TERM"] !== "dumb" && !process.env["CI"]) return "live";
  return json ? "none" : "lines";
}
