/* Code and tables wider than the page scroll within themselves; then the keyboard must reach them too. */
const regions = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
for (const region of document.querySelectorAll("article pre, .table-wrapper")) regions.observe(region);
