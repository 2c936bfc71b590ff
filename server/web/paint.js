// Sets theme, text size and script before the first paint, so that nothing flashes.
// A classic script on purpose: a module would run after the page is drawn. Everything else is in preferences.js.
(function () {
  var stored = {};
  try {
    stored = JSON.parse(localStorage.getItem("chengzhi.preferences") || "{}") || {};
  } catch (problem) {
    stored = {};
  }
  var root = document.documentElement;
  var dark = stored.theme === "dark" || (stored.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  if (stored.large) root.dataset.text = "large";
  if (stored.script === "hant") root.lang = "zh-Hant";
})();
