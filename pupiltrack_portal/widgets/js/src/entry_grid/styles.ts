import "./style.css";
import "./states.css";
import "./boxes.css";
import "./media.css";
