/* Glyphs of the panel's own entries, on the grid of ../glyphs.js. Drawn here: those of the sets are three times as large. */

/** @type {Record<string, string>} */
export default {
  qr: "M8 8h32v32H8zm6 6v20h20V14zm6 6h8v8h-8zM56 8h32v32H56zm6 6v20h20V14zm6 6h8v8h-8zM8 56h32v32H8zm6 6v20h20V62zm6 6h8v8h-8zM56 56h12v12H56zm20 0h12v12H76zm-8 12h10v10H68zm-12 8h12v12H56zm22 2h10v10H78z",
  print: "M26 8h44v20h10q8 0 8 8v28q0 8-8 8h-8v16H24V72h-8q-8 0-8-8V36q0-8 8-8h10zm6 6v14h32V14zM16 34q-2 0-2 2v28q0 2 2 2h8V56h48v10h8q2 0 2-2V36q0-2-2-2zm14 28v20h36V62z",
  quote: "M14 26h28v28q0 18-20 20v-8q10-2 10-12H14zM54 26h28v28q0 18-20 20v-8q10-2 10-12H54z",
};
