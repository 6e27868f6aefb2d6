#!/usr/bin/env node
/**
 * What npm finds as `node-gyp` in this checkout: it compiles nothing. better-sqlite3 brings its binaries, and npm would compile it all
 * the same whenever it installs from a lock file, which does not carry `gypfile: false`.
 */
import process from "node:process";

process.exitCode = 0;
