// What pages do a little better with than without; every page works with none of it.
"use strict";

// What went wrong, or what was done, is where reading goes on.
function focusOn(element) {
  if (!element) return;
  element.setAttribute("tabindex", "-1");
  element.focus();
}

// A region that has nothing to scroll is no stop on the way of the keyboard.
function stopsWhereItScrolls(regions) {
  for (const region of regions) {
    if (region.scrollWidth > region.clientWidth) region.setAttribute("tabindex", "0");
    else region.removeAttribute("tabindex");
  }
}

// Says how much can still be written, once little is left.
function counts(field) {
  const limit = Number(field.dataset.limit);
  const said = document.createElement("p");
  said.className = "govuk-hint cspr-count";
  said.setAttribute("aria-live", "polite");
  field.after(said);
  const say = () => {
    const left = limit - field.value.length;
    const characters = Math.abs(left) === 1 ? "character" : "characters";
    said.classList.toggle("govuk-error-message", left < 0);
    if (left < 0) said.textContent = `You have ${-left} ${characters} too many`;
    else said.textContent = left <= limit / 5 ? `You have ${left} ${characters} left` : "";
  };
  field.addEventListener("input", say);
  say();
}

// Shows anew what others have changed meanwhile. What is being read or used stays as it is, and the
// server is told that nobody asked: such a request keeps no session alive.
function refreshes(part) {
  const seconds = Number(part.dataset.refresh);
  const said = document.createElement("p");
  said.className = "govuk-hint cspr-refreshed";
  said.setAttribute("role", "status");
  part.before(said);
  const again = async () => {
    if (document.hidden || part.contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href, { headers: { "x-refresh": "1" } });
      if (answer.redirected || !answer.ok) {
        clearInterval(timer);
        said.textContent = "This page is no longer kept up to date. Load it again.";
        return;
      }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(part.id);
      if (!fresh || fresh.innerHTML.trim() === part.innerHTML.trim()) return;
      part.replaceChildren(...document.adoptNode(fresh).childNodes);
      const now = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
      said.textContent = `Something has changed; brought up to date at ${now}.`;
    } catch {
      // Out of reach for a moment: the next time will do.
    }
  };
  const timer = setInterval(again, seconds * 1000);
}

focusOn(
  document.querySelector(".govuk-error-summary") ||
    document.querySelector(".govuk-notification-banner--success"),
);
const regions = document.querySelectorAll(".cspr-scroll");
stopsWhereItScrolls(regions);
addEventListener("resize", () => stopsWhereItScrolls(regions));
document.querySelectorAll("[data-limit]").forEach(counts);
document.querySelectorAll("[data-refresh][id]").forEach(refreshes);
