/** Runs in each page of bench.tablet before anything of the page's own, and notes what Python asks for. Times in ms. */
(() => {
  const bench = (window.bench = { promptMs: 0, from: 0, taken: 0, longTasks: [], frames: [], echoes: [], sockets: [], offline: false });

  new PerformanceObserver((list) => bench.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask", buffered: true });

  /** Looked at in each frame, so that what is seen is drawn. */
  const when = (wanted) => new Promise((resolve) => {
    const look = () => (wanted() ? resolve(performance.now()) : requestAnimationFrame(look));
    look();
  });
  const inSight = (element) => element.checkVisibility({ visibilityProperty: true });
  bench.shows = (text) => [...document.querySelectorAll(".xterm-rows")].some((rows) => inSight(rows) && rows.textContent.includes(text));
  bench.lists = (name) => document.querySelector(`[role=treeitem][aria-label="${name}"]`) !== null;
  when(() => document.querySelector(".xterm-rows")?.textContent.includes("$")).then((at) => { bench.promptMs = at; });

  /** Take the time from now, or from the next event of that name, until `bench[what](text)`. */
  bench.time = (what, text, event) => {
    bench.taken = 0;
    bench.from = event ? 0 : performance.now();
    if (event) addEventListener(event, () => { bench.from = performance.now(); }, { once: true, capture: true });
    when(() => bench.from > 0 && bench[what](text)).then((at) => { bench.taken = at - bench.from; });
  };

  /** Tasks of 50 ms and more end up in the list a little after they ended. */
  const settled = () => new Promise((resolve) => setTimeout(resolve, 100));
  bench.forgetTasks = async () => {
    await settled();
    bench.longTasks = [];
  };
  bench.longestTask = async () => {
    await settled();
    return Math.max(0, ...bench.longTasks);
  };

  /** What the debugger does not do: a socket opened while the device is offline is refused, and an open one is as far away
   * as `benchRoundTripMs` says; to open it takes two round trips, one of them TCP's. */
  window.WebSocket = class extends WebSocket {
    #listener = null;
    #away = window.benchRoundTripMs ?? 0;

    constructor(url, ...more) {
      super(bench.offline ? "ws://127.0.0.1:9/" : url, ...more);
      bench.sockets.push(this);
    }

    send(data) {
      this.#later(this.#away / 2, () => super.send(data));
    }

    set onopen(listener) {
      super.onopen = listener && ((event) => this.#later(2 * this.#away, () => listener.call(this, event)));
    }

    set onmessage(listener) {
      this.#listener = listener;
      super.onmessage = (event) => this.#later(this.#away / 2, () => this.#listener?.call(this, event));
    }

    #later(ms, act) {
      if (ms > 0) setTimeout(act, ms);
      else act();
    }
  };
  bench.sleep = (hidden) => {
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible"), configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  };

  /** From each key to its letter: in `screen`, or without one in the field itself. */
  bench.watchKeys = (field, screen) => {
    let from = 0;
    let before = 0;
    const length = () => (screen ? screen.textContent.trimEnd().length : field.value.length);
    const look = () => {
      if (from === 0 || length() <= before) return;
      bench.echoes.push(performance.now() - from);
      from = 0;
    };
    const pressed = ({ timeStamp }) => {
      from = timeStamp;
      before = length();
    };
    addEventListener("keydown", pressed, { capture: true });
    if (screen) new MutationObserver(look).observe(screen, { subtree: true, childList: true, characterData: true });
    else field.addEventListener("input", () => requestAnimationFrame(look));
  };

  bench.request = async (address) => {
    const from = performance.now();
    await (await fetch(address, { cache: "no-store" })).text();
    return performance.now() - from;
  };

  /** Show a file in a `pre` that keeps as many lines as a terminal does, ten times a second. */
  bench.pour = async (pre, address) => {
    const from = performance.now();
    const reader = (await fetch(address)).body.pipeThrough(new TextDecoderStream()).getReader();
    let lines = [];
    let drawn = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (!done) lines = lines.concat(value.split("\n")).slice(-5000);
      if (!done && performance.now() - drawn < 100) continue;
      pre.textContent = lines.join("\n");
      await new Promise(requestAnimationFrame);
      drawn = performance.now();
      if (done) return drawn - from;
    }
  };

  bench.follow = (scroller) => {
    const frames = (bench.frames = []);
    const frame = (now) => {
      frames.push([now, scroller.scrollTop]);
      if (frames === bench.frames && frames.length < 5000) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  };
  bench.rests = () => bench.frames.length > 20 && new Set(bench.frames.slice(-20).map(([, top]) => top)).size === 1;
  /** The frames from the first that moved to the last. */
  bench.moved = () => {
    const { frames } = bench;
    const moving = frames.map((_, at) => at).filter((at) => at > 0 && frames[at][1] !== frames[at - 1][1]);
    if (moving.length === 0) throw new Error("nothing scrolled");
    const [from, to] = [moving[0] - 1, moving.at(-1)];
    const gaps = frames.slice(from + 1, to + 1).map(([now], at) => now - frames[from + at][0]);
    const seconds = (frames[to][0] - frames[from][0]) / 1000;
    return { perSecond: gaps.length / seconds, longestGapMs: Math.max(...gaps) };
  };
})();
