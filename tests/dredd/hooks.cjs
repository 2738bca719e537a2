// Dredd loads this with `require`, gives the module `hooks`, and only warns when it fails: the hooks count
// themselves, and the program that runs Dredd compares.
const { register } = require('./hooks.ts');

register(require('hooks'));
