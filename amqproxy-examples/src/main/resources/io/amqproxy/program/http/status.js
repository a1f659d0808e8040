"use strict";

const live = document.getElementById("live");
const said = document.getElementById("said");
const token = document.getElementById("token");

if (token) {
  token.value = sessionStorage.getItem("token") || "";
  token.addEventListener("input", () => sessionStorage.setItem("token", token.value));
  document.getElementById("operator").addEventListener("submit", event => event.preventDefault());
}

async function refresh() {
  try {
    const answer = await fetch("live");
    if (!answer.ok) {
      throw new Error(answer.statusText);
    }
    // A button that is about to be pressed stays where it is.
    if (!live.querySelector("button:active")) {
      live.innerHTML = await answer.text();
    }
    document.body.removeAttribute("data-stale");
  } catch (failure) {
    document.body.setAttribute("data-stale", "");
    said.textContent = "No answer from the proxy; the page shows what it was.";
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
  const answer = await fetch(post, {
    method: "POST",
    headers: { Authorization: "Bearer " + token.value },
    body: new URLSearchParams(fields),
  });
  said.textContent = await answer.text();
  refresh();
});

setInterval(refresh, 2000);
