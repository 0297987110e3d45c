/* Parameters that advertisers and mail programs append to an address, as in core/sites/tracking.py. A site may have a list of its own. */

export const TRACKING = [
  "utm_*", "mtm_*", "pk_*", "hsa_*", "gad_*", "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid",
  "twclid", "ttclid", "li_fat_id", "igsh", "igshid", "yclid", "ysclid", "srsltid", "epik", "sccid", "mc_cid",
  "mc_eid", "mkt_tok", "vero_id", "_hsenc", "_hsmi", "_ga", "_gl", "_ke", "_kx", "_openstat",
];
