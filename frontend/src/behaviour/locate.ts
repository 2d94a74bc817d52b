/**
 * `<button data-locate="id_lon id_lat">` fills the two fields with where the phone is and tells a map nearby.
 * The button is hidden in the page and shown here: without script it would promise what it cannot do.
 */
export function startLocate(): void {
  if (!("geolocation" in navigator) || !window.isSecureContext) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-locate]")) {
    const [lonId = "", latId = ""] = (button.dataset.locate ?? "").split(" ");
    const lon = document.getElementById(lonId);
    const lat = document.getElementById(latId);
    if (!(lon instanceof HTMLInputElement) || !(lat instanceof HTMLInputElement)) continue;
    const words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", () => {
      button.textContent = "正在定位…";
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          lon.value = coords.longitude.toFixed(6);
          lat.value = coords.latitude.toFixed(6);
          lon.dispatchEvent(new Event("change", { bubbles: true }));
          lat.dispatchEvent(new Event("change", { bubbles: true }));
          button.textContent = "已填好您的位置";
        },
        () => {
          button.textContent = "没有定到位，请在地图上点选或写明地址";
          window.setTimeout(() => {
            button.textContent = words;
          }, 5000);
        },
        { enableHighAccuracy: true, timeout: 10_000 },
      );
    });
  }
}
