import{f as t}from"./chunk-QVUSL6SS.js";t();function s(...o){for(let n of o){let e=new CSSStyleSheet;e.replaceSync(n),document.adoptedStyleSheets.push(e)}}export{s as a};
