"""The least payout that a new site, or a new currency of a site, begins with: a round amount worth about ten euros.

A site's own minimum is set once from here and stays when these change, so exchange rates decide nothing later.
"""

from collections.abc import Mapping

from passalong.core.money import MICROS

_AMOUNTS: Mapping[int, str] = {
    3: "KWD",
    5: "BHD JOD OMR",
    10: "AUD AWG AZN BAM BBD BGN BMD BND BSD BZD CAD CHF EUR FKP GBP GIP KYD NZD PAB SGD SHP USD XCG",
    20: "FJD TOP",
    30: "AED BYN GEL ILS PEN PLN QAR SAR TMT TND WST XCD",
    50: "BOB BRL CNY DKK LYD MYR PGK RON TTD",
    100: "BWP GHS GTQ HKD MAD MOP NOK SBD SCR SEK TJS",
    200: "CZK HNL LSL MDL MVR MXN NAD SLE STN SZL ZAR ZMW",
    300: "NIO SRD THB TWD ZWG",
    500: "DOP EGP MKD MRU MUR MZN PHP TRY UAH UYU",
    1_000: "AFN ALL BDT BTN CUP CVE DZD GMD HTG INR ISK JPY KES KGS NPR RSD RUB VUV XPF",
    2_000: "DJF ERN ETB GYD JMD LRD",
    3_000: "HUF LKR PKR YER",
    5_000: "AMD CRC KMF KZT SDG SOS VES XAF XOF",
    10_000: "ARS CLP IQD KPW KRW NGN RWF",
    20_000: "AOA MWK",
    30_000: "BIF CDF MMK MNT TZS UGX",
    50_000: "COP KHR MGA PYG SSP",
    100_000: "GNF SYP UZS",
    200_000: "IDR LAK",
    300_000: "VND",
    1_000_000: "LBP",
    10_000_000: "IRR",
}
_UNITS = {currency: units for units, currencies in _AMOUNTS.items() for currency in currencies.split()}


def least_payout_micros(currency: str) -> int:
    """Return the minimum payout to begin with, in micros of a currency that people pay with."""
    return _UNITS[currency] * MICROS
