import "./css/resident.css";
import { startDialogs } from "./behaviour/dialogs";
import { startDrafts } from "./behaviour/drafts";
import { startForms } from "./behaviour/forms";
import { startLocate } from "./behaviour/locate";
import { startNearAnswers } from "./behaviour/near-answers";
import { startPhotos } from "./behaviour/photos";
import { startPlace } from "./behaviour/place";
import { startRefresh } from "./behaviour/refresh";
import { startSending } from "./behaviour/sending";
import { startToasts } from "./behaviour/toasts";
import { startTypeSize } from "./behaviour/type-size";

startDialogs();
startDrafts();
startPhotos(); // before forms: a form waits until its photos are there
startForms();
startSending(); // after forms, which let a form through once
startLocate();
startNearAnswers();
startPlace();
startRefresh();
startToasts();
startTypeSize();
