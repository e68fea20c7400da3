// Fetches the page again and puts the new content in place, so that scroll position and focus stay. Without scripts
// the page is as of when it was loaded.
"use strict";
async function refresh() {
  if (document.hidden || document.activeElement instanceof HTMLButtonElement) return;
  try {
    const answer = await fetch("/", {headers: {Accept: "text/html"}});
    if (!answer.ok) throw new Error(answer.status);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    const open = document.querySelector("details")?.open;
    for (const part of ["main", "footer"]) document.querySelector(part).replaceWith(next.querySelector(part));
    document.documentElement.dataset.refreshed = Date.now();
    if (open) document.querySelector("details").open = true;
  } catch {
    document.querySelector("footer").textContent = "The instance does not answer; what you see is old.";
  }
}
setInterval(refresh, 5000);
