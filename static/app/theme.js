// Runs before the page is drawn, so that nobody sees the wrong colours flash.
(() => {
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const show = () => { document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  show();
  dark.addEventListener("change", show);
})();
