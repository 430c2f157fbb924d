// before the first paint, so that a dark reading room sees no white flash
(function () {
  try {
    var theme = localStorage.getItem('dosewright.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    if (localStorage.getItem('dosewright.language') === 'en') document.documentElement.lang = 'en';
  } catch (_) {
    // storage forbidden: the system's choice stays
  }
})();
