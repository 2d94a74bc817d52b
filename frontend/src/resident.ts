import "./css/resident.css";
import { startDialogs } from "./behaviour/dialogs";
import { startForms } from "./behaviour/forms";
import { startLocate } from "./behaviour/locate";
import { startToasts } from "./behaviour/toasts";

startDialogs();
startForms();
startLocate();
startToasts();
