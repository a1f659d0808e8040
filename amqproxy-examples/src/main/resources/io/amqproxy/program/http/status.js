"use strict";

const live = document.getElementById("live");
const stale = document.getElementById("stale");
const said = document.getElementById("said");
const token = document.getElementById("token");

if (token) {
  token.value = sessionStorage.getItem("token") || "";
  token.addEventListener("input", () => sessionStorage.setItem("token", token.value));
  document.getElementById("operator").addEventListener("submit", event => event.preventDefault());
}

function showState(isThere) {
  stale.hidden = isThere;
  document.body.toggleAttribute("data-stale", !isThere);
  const state = live.querySelector("#state");
  if (!isThere && state) {
    state.textContent = "No answer";
    state.className = "bad";
  }
}

async function refresh() {
  try {
    const answer = await fetch("live", { signal: AbortSignal.timeout(5000) });
    if (!answer.ok) {
      throw new Error(answer.statusText);
    }
    const page = await answer.text();
    // A button that is about to be pressed stays where it is, unless the page was out of date.
    if (document.body.hasAttribute("data-stale") || !live.querySelector("button:active")) {
      live.innerHTML = page;
    }
    showState(true);
  } catch (failure) {
    showState(false);
  }
}

live.addEventListener("click", async event => {
  const button = event.target.closest("button[data-post]");
  if (!button) {
    return;
  }
  const { post, ...fields } = button.dataset;
  const what = Object.values(fields).join(" in ");
  if (!confirm(button.textContent + " " + what + "?")) {
    return;
  }
  try {
    const answer = await fetch(post, {
      method: "POST",
      headers: { Authorization: "Bearer " + token.value },
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(15000),
    });
    said.textContent = await answer.text();
  } catch (failure) {
    said.textContent = "No answer; it may have been done.";
  }
  await refresh();
});

async function follow() {
  await refresh();
  setTimeout(follow, 2000);
}

setTimeout(follow, 2000);
