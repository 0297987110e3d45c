/*
 * Parts of the script that are only loaded when somebody needs them. Their addresses have the parts' hash, so that they and the
 * script always fit together and may be kept for ever. (A frozen version has whole.js in this file's place.)
 */
import { fileOf } from "./config.js";

/** @param {string} name @returns {Promise<any>} */
export const load = (name) => import(fileOf(name));
