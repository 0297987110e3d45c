/* Parameters that advertisers and mail programs append to an address, as in core/sites/tracking.py. A site may have a list of its own. */

export const TRACKING = [
  "utm_*", "mtm_*", "pk_*", "hsa_*", "gad_*", "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid",
  "twclid", "ttclid", "li_fat_id", "igsh", "igshid", "yclid", "ymclid", "ysclid", "srsltid", "epik", "sccid",
  "rdt_cid", "irclickid", "mibextid", "mc_cid", "mc_eid", "mkt_tok", "vero_id", "vero_conv", "_hsenc", "_hsmi",
  "__hs*", "hsctatracking", "oly_anon_id", "oly_enc_id", "ml_subscriber*", "bsft_*", "sfmc_*", "dm_i", "s_cid",
  "wt_mc", "wt_zmc", "matomo_*", "piwik_*", "fb_action_*", "fb_source", "_branch_match_id", "_ga", "_ga_*", "_gl",
  "_ke", "_kx", "_openstat",
];
