// Sets the colour scheme before the first paint, so that a dark room stays dark.
try {
  var kept = localStorage.getItem('davy.scheme')
  var dark = kept === 'dark' || (kept !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
} catch (e) {
  document.documentElement.setAttribute('data-mantine-color-scheme', 'light')
}
