// Voila's front end loads MathJax before it knows of any formula, by default from another host.
// Pages show none: this answers in MathJax's place and does nothing, also to text with "$" in it.
"use strict";

window.MathJax = {
  Ajax: {},
  Hub: { Config() {}, Configured() {}, Queue() {}, Register: { StartupHook() {} } },
};
