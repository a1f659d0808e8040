"use strict";

// Draws what /stats.json says. Names in it may be anybody's: they become text nodes and titles, never HTML, which the
// page's policy does not let through either.

const FORM = 1;
const EVERY_MS = 2000;
const PATIENCE_MS = 5000;
/** What is older than this is not shown as if it were so now. */
const FRESH_MS = EVERY_MS + PATIENCE_MS + 1000;
const MAX_ROWS = 200;

const byId = id => document.getElementById(id);
const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fractions = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function make(tag, className, text) {
  const made = document.createElement(tag);
  if (className) {
    made.className = className;
  }
  if (text !== undefined) {
    made.textContent = text;
  }
  return made;
}

function put(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

// How values are written.

const count = value => numbers.format(value ?? 0);
const text = value => value ?? "";

function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return (unit ? fractions : numbers).format(value) + "\u00a0" + units[unit];
}

function rate(value) {
  return value === undefined ? "–" : (value > 0 && value < 10 ? fractions : numbers).format(value);
}

/** The two largest units, as in "3 h 12 m". */
function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [[86400, "d"], [3600, "h"], [60, "m"], [1, "s"]];
  const first = parts.findIndex(([size]) => whole >= size);
  if (first < 0) {
    return "0\u00a0s";
  }
  let rest = whole;
  return parts.slice(first, first + 2).map(([size, name]) => {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    return amount ? amount + "\u00a0" + name : "";
  }).filter(Boolean).join("\u00a0");
}

const precise = seconds => seconds < 60 ? fractions.format(seconds) + "\u00a0s" : duration(seconds);

/** Rounded down, so that 100 % means all. */
function percent(part, whole) {
  return whole ? fractions.format(Math.floor(1000 * part / whole) / 10) + "\u00a0%" : "–";
}

// Tables. Rows and cells stay where they are as long as what they show is there, so that a button that is about to be
// pressed, a selection and the focus stay too.

/** Columns: head, kind (name, text, number, sentence, details, meter, button), value of a row; all but name and value optional. */
function table(id, title, columns, none) {
  const section = byId(id);
  const heading = make("h2", "", title);
  const note = make("p");
  const wide = make("div", "wide");
  const whole = make("table");
  const head = whole.createTHead().insertRow();
  for (const column of columns) {
    head.append(make("th", column.kind === "number" ? "number" : "", column.head));
  }
  const body = whole.createTBody();
  wide.append(whole);
  const known = new Map();

  function fill(cell, column, row) {
    const value = column.value(row);
    if (column.kind === "button") {
      let button = cell.firstChild;
      if (!value) {
        button?.remove();
        return;
      }
      if (!button) {
        button = cell.appendChild(make("button"));
        button.type = "button";
      }
      put(button, value.label);
      Object.assign(button.dataset, value.data);
    } else if (column.kind === "details") {
      const details = cell.firstChild || cell.appendChild(make("details"));
      if (!details.firstChild) {
        details.append(make("summary", "", "all"));
      }
      value.forEach((line, i) => put(details.children[i + 1] || details.appendChild(make("div")), line));
      while (details.children.length > value.length + 1) {
        details.lastChild.remove();
      }
    } else if (column.kind === "meter") {
      const meter = cell.firstChild || cell.appendChild(make("meter"));
      meter.max = value.most;
      meter.value = value.value;
    } else {
      put(cell, String(value));
      const hint = column.hint ? column.hint(row) : column.kind === "name" ? String(value) : "";
      if (hint) {
        cell.title = hint;
      } else {
        cell.removeAttribute("title");
      }
      cell.classList.toggle("bad", Boolean(column.isBad?.(row)));
      cell.classList.toggle("good", Boolean(column.isGood?.(row)));
    }
  }

  function rowOf(key) {
    let line = known.get(key);
    if (!line) {
      line = make("tr");
      for (const column of columns) {
        const cell = line.appendChild(make("td", column.kind || ""));
        cell.dataset.head = column.head; // On a phone each row is a card, where each figure has its own head.
      }
      known.set(key, line);
    }
    return line;
  }

  return (rows, matching, keyOf, words) => {
    if (body.querySelector("button:active")) {
      return;
    }
    if (!rows.length && !none) {
      section.replaceChildren();
      known.clear();
      body.replaceChildren();
      return;
    }
    const shown = rows.slice(0, MAX_ROWS);
    const keys = new Set();
    shown.forEach((row, place) => {
      const key = keyOf(row);
      keys.add(key);
      const line = rowOf(key);
      columns.forEach((column, i) => fill(line.cells[i], column, row));
      if (body.rows[place] !== line) {
        body.insertBefore(line, body.rows[place] || null);
      }
    });
    for (const [key, line] of known) {
      if (!keys.has(key)) {
        line.remove();
        known.delete(key);
      }
    }
    const some = matching > shown.length ? "The first " + count(shown.length) + " of " + count(matching) + "." : "";
    put(note, words || (shown.length ? some : none));
    wide.hidden = !shown.length;
    if (!section.firstChild) {
      section.append(heading, note, wide);
    }
  };
}

const number = (head, value, more) => ({ head, kind: "number", value: row => count(value(row)), ...more });
const name = (head, value, more) => ({ head, kind: "name", value: row => text(value(row)), ...more });

/** What is of a route says so; without routes nothing does. */
const routed = value => row => row.route ? text(value(row)) + " (route " + row.route + ")" : value(row);

let operable = false;
let rates = new Map();
let at = 0;

const age = iso => iso ? duration((at - Date.parse(iso)) / 1000) : "";
const button = (label, data) => row => operable ? { label, data: data(row) } : null;

const drawEndpoints = table("endpoints", "Endpoints of the broker", [
  name("endpoint", routed(row => row.endpoint)),
  { head: "reachable", value: row => row.reachable ? "yes" : "no", isBad: row => !row.reachable, isGood: row => row.reachable },
  number("connections", row => row.upstreams),
  number("log-ins", row => row.logins),
  number("failures", row => row.failures),
  { head: "last failure", kind: "sentence", value: row => text(row.lastFailure) },
], "None is known yet.");

const drawTroubles = table("troubles", "Troubles of clients", [
  { head: "ago", kind: "number", value: row => age(row.lastAt), hint: row => row.lastAt },
  { head: "what", kind: "text", value: row => row.what.replaceAll("_", " ") + (row.initiator ? " by the " + row.initiator : "") },
  name("user", row => row.user),
  name("vhost", routed(row => row.vhost)),
  { head: "why", kind: "sentence", value: row => text(row.why) },
  number("times", row => row.count),
  { head: "for", kind: "number", value: row => row.seconds ? precise(row.seconds) : "" },
  { head: "last client", kind: "text", value: row => text(row.client) },
  { head: "address", kind: "text", value: row => text(row.address) },
  name("name", row => row.name),
]);

const drawRefusals = table("refusals", "Clients refused since the start", [
  { head: "reason", kind: "text", value: row => row.reason.replaceAll("_", " ") },
  number("clients", row => row.clients),
]);

const drawPools = table("pools", "Pools", [
  name("user", row => row.user),
  name("vhost", routed(row => row.vhost)),
  { head: "AMQP", kind: "text", value: row => row.protocol.replace("AMQP ", "") },
  number("clients", row => row.clients),
  number("connections", row => row.upstreams, { hint: row => "at most " + count(row.mostUpstreams) + " so far" }),
  number("waiting", row => row.waiting, {
    isBad: row => row.waiting > 0,
    hint: row => row.waiting ? "the longest for " + precise(row.longestWaitSeconds) : "",
  }),
  number("in vain", row => row.acquireTimeouts, { isBad: row => row.acquireTimeouts > 0, hint: () => "waited for longer than acquire-timeout" }),
  number("blocked", row => row.blocked, { isBad: row => row.blocked > 0, hint: () => "connections where the broker holds publishers back" }),
  { head: "published/s", kind: "number", value: row => rate(row.rate?.published) },
  { head: "delivered/s", kind: "number", value: row => rate(row.rate?.delivered) },
  { head: "more", kind: "details", value: poolFigures },
  { head: "", kind: "button", value: button("Drain", row => ({ post: "drain-pool", user: row.user, vhost: row.vhost })) },
], "None.");

function poolFigures(row) {
  return [
    row.waiting ? "longest wait " + precise(row.longestWaitSeconds) : "",
    "at most " + count(row.mostUpstreams) + " open",
    count(row.channelsLeased) + " leased",
    count(row.channelsIdle) + " idle",
    count(row.leases) + " leases",
    count(row.published) + " published",
    count(row.delivered) + " delivered",
    bytes(row.bytesIn) + " in",
    bytes(row.bytesOut) + " out",
  ].filter(Boolean);
}

const drawReuse = table("reuse", "Why channels were not used again", [
  { head: "reason", kind: "text", value: row => row.reason.replaceAll("_", " ") },
  number("leases", row => row.leases),
  { head: "share", kind: "number", value: row => percent(row.leases, row.all) },
  { head: "", kind: "meter", value: row => ({ value: row.leases, most: row.all }) },
  { head: "meaning", kind: "sentence", value: row => text(row.meaning) },
], "No lease has ended yet.");

const drawUpstreams = table("upstreams", "Connections to the broker", [
  { head: "id", kind: "number", value: row => row.id },
  name("broker", routed(row => row.endpoint)),
  name("user", row => row.user),
  name("vhost", row => row.vhost),
  { head: "state", kind: "text", value: stateOfUpstream, isBad: row => row.blocked },
  number("clients", row => row.clients),
  number("leased", row => row.channelsLeased),
  number("idle", row => row.channelsIdle),
  { head: "age", kind: "number", value: row => duration(row.ageSeconds) },
  number("published", row => row.published),
  number("delivered", row => row.delivered),
], "None.");

const drawClients = table("clients", "Clients", [
  { head: "id", kind: "number", value: row => row.id },
  { head: "address", kind: "text", value: row => row.address },
  name("user", row => row.user),
  name("vhost", routed(row => row.vhost)),
  name("name", row => row.name),
  name("product", row => row.product),
  { head: "protocol", kind: "text", value: row => text(row.protocol) },
  { head: "since", kind: "number", value: row => age(row.since), hint: row => row.since },
  number("channels", row => row.channels),
  number("published", row => row.published),
  number("delivered", row => row.delivered),
  { head: "", kind: "button", value: button("Close", row => ({ post: "close-client", id: row.id })) },
], "None.");

function stateOfUpstream(row) {
  return !row.open ? "opening" : row.blocked ? "blocked" : row.retired ? "retired" : "open";
}

// Tiles.

const GRAPH = "http://www.w3.org/2000/svg";
const WIDTH = 180;
const HEIGHT = 36;

/** With what there may be and what else is to be said, where there is something. */
function tile(title, figure, form, now, bound, more) {
  const box = make("div");
  const value = make("b");
  const note = make("small");
  const graph = document.createElementNS(GRAPH, "svg");
  const line = document.createElementNS(GRAPH, "polyline");
  graph.setAttribute("viewBox", "0 0 " + WIDTH + " " + HEIGHT);
  graph.setAttribute("preserveAspectRatio", "none");
  graph.setAttribute("role", "img");
  graph.append(line);
  box.append(make("h2", "", title), value, graph, note);
  byId("tiles").append(box);
  return data => {
    const values = data.history[figure];
    const most = values.reduce((a, b) => Math.max(a, b), 0);
    const step = values.length < 2 ? 0 : WIDTH / (values.length - 1);
    const points = values.map((one, i) =>
      (i * step).toFixed(1) + "," + (HEIGHT - 1 - one / (most || 1) * (HEIGHT - 2)).toFixed(1));
    line.setAttribute("points", points.join(" "));
    const limit = bound?.(data);
    put(value, form(now ? now(data) : values.at(-1) ?? 0) + (limit ? " of " + form(limit) : ""));
    const words = "at most " + form(most) + " in " + duration(values.length * data.history.everySeconds);
    put(note, [values.length ? words : "", more?.(data)].filter(Boolean).join("; "));
    graph.setAttribute("aria-label", title + ": " + words);
  };
}

const tiles = [
  tile("Clients", "clients", count, data => data.totals.clients),
  tile("Broker connections", "upstreams", count, data => data.totals.upstreams, data => data.totals.maxTotalConnections,
    data => data.totals.poolsWaiting ? count(data.totals.poolsWaiting) + " pools wait for one" : ""),
  tile("Waiting", "waiting", count, data => data.totals.waiting),
  tile("Channels leased", "channelsLeased", count, data => data.totals.channelsLeased),
  tile("Channels idle", "channelsIdle", count, data => data.totals.channelsIdle),
  tile("New clients/s", "clientsPerSecond", rate),
  tile("Published/s", "publishedPerSecond", rate),
  tile("Delivered/s", "deliveredPerSecond", rate),
  tile("Bytes/s", "bytesPerSecond", bytes),
];

// What is said.

/** Messages a second by pool, of two answers of the same proxy; pools that share their names cannot be told apart. */
function addRates(data) {
  const now = new Map();
  const seen = new Map();
  for (const pool of data.pools) {
    pool.names = JSON.stringify([pool.user, pool.vhost, pool.protocol, pool.route]);
    seen.set(pool.names, (seen.get(pool.names) || 0) + 1);
    pool.key = pool.names + seen.get(pool.names);
  }
  for (const pool of data.pools) {
    if (seen.get(pool.names) > 1) {
      continue;
    }
    const before = rates.get(pool.key);
    const seconds = before ? data.uptimeSeconds - before.uptimeSeconds : 0;
    // The same answer again, as after a button, changes nothing.
    if (seconds > 0 && pool.published >= before.published && pool.delivered >= before.delivered) {
      pool.rate = {
        published: (pool.published - before.published) / seconds,
        delivered: (pool.delivered - before.delivered) / seconds,
      };
    }
    now.set(pool.key, { uptimeSeconds: data.uptimeSeconds, published: pool.published, delivered: pool.delivered });
  }
  rates = now;
}

/** Where clients would connect: an address for all is here by the name that this page has. */
function places(data) {
  return data.listening.map(place => place.replace(/(?<=^amqps?:\/\/)(0\.0\.0\.0|\[[0:]+\])(?=:)/, location.hostname));
}

function drawState(data) {
  document.title = data.name;
  const who = data.name + ", version " + data.version;
  put(byId("who"), who);
  byId("who").title = who;
  put(byId("state"), data.ready ? "Ready" : "Not ready: " + data.notReadyBecause);
  byId("state").className = data.ready ? "good" : "bad";
  const reachable = [...new Set(data.endpoints.filter(one => one.reachable).map(one => one.endpoint))].join(", ") || "none";
  const seconds = data.uptimeSeconds;
  put(byId("place"), "listening on " + places(data).join(", ") + ", broker " + reachable + ", up for " + duration(seconds)
    + ", as of " + new Date(data.at).toLocaleTimeString("en-GB"));
  operable = data.operable;
  byId("operator").hidden = !operable;
  byId("pause").hidden = !operable;
  put(byId("pause"), data.paused ? "Resume" : "Pause");
  byId("pause").dataset.post = data.paused ? "resume" : "pause";
  byId("pause").dataset.what = "leases";
}

function drawWords(data) {
  const { eventsDropped, clientsTotal, clients, waiting, longestWaitSeconds, acquireTimeouts } = data.totals;
  put(byId("dropped"), eventsDropped ? count(eventsDropped) + " events were dropped; counts below may be too small." : "");
  put(byId("empty"), clientsTotal || clients ? ""
    : "No client has come yet. Point one to " + places(data).join(" or ") + ", with the user, password and vhost that it has at the broker.");
  const now = waiting
    ? count(waiting) + " wait for a channel or a vhost now, the longest for " + precise(longestWaitSeconds) + ". " : "Nobody waits. ";
  put(byId("waiting"), now + (acquireTimeouts ? count(acquireTimeouts) + " have waited in vain since the start." : ""));
  byId("waiting").className = waiting ? "bad" : "";
}

function drawTables(data) {
  drawEndpoints(data.endpoints, data.endpointsMatching, row => [row.endpoint, row.route].join("\n"));
  drawTroubles(data.troubles, data.troublesMatching, row => [row.what, row.reason, row.initiator, row.code, row.user, row.vhost, row.route].join("\n"));
  const refused = Object.entries(data.clientsRefused).map(([reason, clients]) => ({ reason, clients }));
  if (data.totals.tlsHandshakesFailed) {
    refused.push({ reason: "handshake of TLS failed", clients: data.totals.tlsHandshakesFailed });
  }
  drawRefusals(refused, refused.length, row => row.reason);
  addRates(data);
  drawPools(data.pools, data.poolsMatching, row => row.key);
  const closed = Object.entries(data.channelsNotReused);
  const all = closed.reduce((sum, [, leases]) => sum + leases, data.channelsReused);
  drawReuse(
    closed.map(([reason, leases]) => ({ reason, leases, all, meaning: data.meanings[reason] })), closed.length, row => row.reason,
    all ? count(data.channelsReused) + " of " + count(all) + " leases left a channel that could serve again ("
      + percent(data.channelsReused, all) + ")." : "");
  drawUpstreams(data.upstreams, data.upstreamsMatching, row => row.id);
  drawClients(data.clients, data.clientsMatching, row => row.id);
}

function show(data) {
  if (data.form !== FORM) {
    throw new Error("this page is of another version of the proxy: load it again");
  }
  at = Date.parse(data.at);
  drawState(data);
  tiles.forEach(draw => draw(data));
  drawWords(data);
  drawTables(data);
  byId("live").hidden = false;
}

// Asking.

let heardAt = -Infinity;
let asked = 0;
let next = 0;

function showStale(why) {
  const state = byId("state");
  put(byId("stale"), why + (byId("live").hidden ? "" : " Below is what was."));
  byId("stale").hidden = false;
  document.body.toggleAttribute("data-stale", true);
  put(state, "No answer");
  state.className = "bad";
}

async function read(question) {
  const answer = await fetch("stats.json?" + question, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) {
    throw new Error("the proxy says: " + (await answer.text()).trim());
  }
  return answer.json();
}

async function refresh() {
  const own = ++asked;
  try {
    const data = await read(new URLSearchParams({ filter: byId("filter").value }));
    if (own !== asked) {
      return; // Something else was asked since.
    }
    show(data);
    heardAt = performance.now();
    byId("stale").hidden = true;
    document.body.toggleAttribute("data-stale", false);
  } catch (failure) {
    if (own === asked) {
      heardAt = -Infinity;
      showStale("No answer from the proxy (" + failure.message + ").");
    }
  }
}

async function follow() {
  clearTimeout(next);
  await refresh();
  clearTimeout(next);
  next = setTimeout(follow, EVERY_MS);
}

/** Timers rest while a tab is hidden or the machine sleeps; what they would have found out is not shown as so. */
function doubt() {
  if (heardAt > -Infinity && performance.now() - heardAt > FRESH_MS) {
    heardAt = -Infinity;
    showStale("Nothing was asked for a while.");
    follow();
  }
}

document.addEventListener("visibilitychange", doubt);
window.addEventListener("pageshow", doubt);
setInterval(doubt, 1000);
byId("filter").addEventListener("input", follow);

// Buttons.

const token = byId("token");
token.value = sessionStorage.getItem("token") || "";
token.addEventListener("input", () => sessionStorage.setItem("token", token.value));
byId("operator").addEventListener("submit", event => event.preventDefault());

document.addEventListener("click", async event => {
  const pressed = event.target.closest("button[data-post]");
  if (!pressed) {
    return;
  }
  const { post, ...fields } = pressed.dataset;
  if (!confirm(pressed.textContent + " " + Object.values(fields).join(" in ") + "?")) {
    return;
  }
  try {
    const answer = await fetch(post, {
      method: "POST",
      headers: { Authorization: "Bearer " + token.value },
      body: new URLSearchParams(fields),
      signal: AbortSignal.timeout(15000),
    });
    put(byId("said"), await answer.text());
  } catch (failure) {
    put(byId("said"), "No answer; it may have been done.");
  }
  await refresh();
});

follow();
