import "./style.css";
import "./states.css";
import "./boxes.css";
import "./notices.css";
import "./bars.css";
import "./media.css";
