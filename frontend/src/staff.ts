import "./css/staff.css";
import "htmx.org";
import { startCiting } from "./behaviour/citing";
import { startComboboxes } from "./behaviour/combobox";
import { startCopying } from "./behaviour/copying";
import { startDialogs } from "./behaviour/dialogs";
import { startFiles } from "./behaviour/files";
import { startForms } from "./behaviour/forms";
import { startKeptDrafts } from "./behaviour/kept-drafts";
import { startKeyboard } from "./behaviour/keyboard";
import { startLocate } from "./behaviour/locate";
import { startMenus } from "./behaviour/menus";
import { startNavigation } from "./behaviour/navigation";
import { forbidEval } from "./behaviour/no-eval";
import { startOnlyIf } from "./behaviour/only-if";
import { startPicking } from "./behaviour/picking";
import { startPresence } from "./behaviour/presence";
import { startPrinting } from "./behaviour/printing";
import { startPushedCaller } from "./behaviour/pushed-caller";
import { startShortcuts } from "./behaviour/shortcuts";
import { startSignedOut } from "./behaviour/signed-out";
import { startTakes } from "./behaviour/takes";
import { startTemplates } from "./behaviour/templates";
import { startToasts, toast } from "./behaviour/toasts";
import { startRenewal } from "./behaviour/token";
import { startUnfolding } from "./behaviour/unfold";
import { startVanishing } from "./behaviour/vanish";
import { startViewer } from "./behaviour/viewer";

forbidEval();
startCiting();
startComboboxes();
startCopying();
startDialogs();
startFiles(); // before forms, which weigh what was chosen
startForms();
startKeptDrafts();
startOnlyIf(); // before the keyboard, which goes to the first field that is shown
startKeyboard();
startLocate();
startMenus();
startNavigation();
startShortcuts();
startSignedOut();
startToasts();
startPicking();
startPresence();
startPrinting();
startPushedCaller();
startRenewal();
startTakes();
startTemplates();
startUnfolding();
startVanishing();
startViewer();

document.addEventListener("htmx:error", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-live]")) return; // it tries again by itself
  toast("网络不通，刚才的操作没有完成。请检查网络后再试一次。", "error");
});
