import "./css/staff.css";
import "htmx.org";
import { startDialogs } from "./behaviour/dialogs";
import { startForms } from "./behaviour/forms";
import { startLocate } from "./behaviour/locate";
import { startMenus } from "./behaviour/menus";
import { startNavigation } from "./behaviour/navigation";
import { forbidEval } from "./behaviour/no-eval";
import { startShortcuts } from "./behaviour/shortcuts";
import { startToasts, toast } from "./behaviour/toasts";

forbidEval();
startDialogs();
startForms();
startLocate();
startMenus();
startNavigation();
startShortcuts();
startToasts();

document.addEventListener("htmx:error", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-live]")) return; // it tries again by itself
  toast("网络不通，刚才的操作没有完成。请检查网络后再试一次。", "error");
});
