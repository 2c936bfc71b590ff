// What the page can do besides being read: keep the language, filter the cases, open the one that a link names.
// Without it everything is there; texts are only ever read here, never made into markup.
(() => {
  "use strict";
  const root = document.documentElement;

  const radios = [...document.querySelectorAll('input[name="language"]')];
  const remember = (code) => { try { localStorage.setItem("chengzhi.report.language", code); } catch { /* not allowed: no matter */ } };
  const remembered = () => { try { return localStorage.getItem("chengzhi.report.language"); } catch { return null; } };
  const speak = (code) => {
    const radio = radios.find((one) => one.value === code);
    if (!radio) return;
    radio.checked = true;
    root.lang = code;
    root.dataset.language = code;
  };
  const asked = new URLSearchParams(location.search).get("lang");
  const wanted = asked ?? remembered() ?? navigator.language ?? "zh";
  speak(wanted.toLowerCase().startsWith("zh") ? "zh-Hans" : "en");
  for (const radio of radios) {
    radio.addEventListener("change", () => { speak(radio.value); remember(radio.value); });
  }

  // Letters of any width and case are the same to who searches.
  const plain = (text) => text.normalize("NFKC").toLowerCase();

  for (const form of document.querySelectorAll("form.filter")) {
    const cases = [...form.parentElement.querySelectorAll("li.case")];
    const texts = new Map();
    const text = (item) => {
      if (!texts.has(item)) texts.set(item, plain(item.textContent));
      return texts.get(item);
    };
    const value = (selector) => form.querySelector(selector)?.value ?? "";
    const apply = () => {
      const outcome = value("input[type=radio]:checked");
      const type = value("select[name=type]");
      const failed = value("select[name=failed]");
      const words = plain(value("input[type=search]")).split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const item of cases) {
        const { dataset } = item;
        const fits =
          (!outcome || dataset.outcome === outcome || dataset.change === outcome) &&
          (!type || dataset.type === type) &&
          (!failed || dataset.failed.split(" ").includes(failed)) &&
          words.every((word) => text(item).includes(word));
        item.hidden = !fits;
        shown += fits;
      }
      form.querySelector("output").value = `${shown.toLocaleString("en")} / ${cases.length.toLocaleString("en")}`;
    };
    let timer = 0;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(apply, 120); });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    form.reset();
    apply();
  }

  const open = () => {
    const body = location.hash && document.getElementById(location.hash.slice(1));
    const item = body?.closest?.("li.case");
    if (!item) return;
    item.hidden = false;
    item.querySelector("details").open = true;
    item.querySelector("summary").focus({ preventScroll: true });
    item.scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", open);
  // A second click on the same link changes no hash.
  addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) open();
  });
  open();

  // On paper nothing can be opened: what failed is printed whole.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")].filter((one) => {
      const item = one.closest("li.case");
      return !item || (!item.hidden && item.dataset.outcome !== "passing");
    });
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
    opened = [];
  });
})();
