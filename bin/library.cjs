/** The same for `require` in CommonJS. */
module.exports = require("./library.mjs");
