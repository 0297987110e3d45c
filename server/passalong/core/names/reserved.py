"""Reserved names: roles that speak for a site, and names of payment and login brands."""

ROLES = (
    *("admin", "administrator", "administration", "moderator", "moderation", "webmaster", "postmaster", "hostmaster"),
    *("official", "officially", "support", "helpdesk", "staff", "team", "owner", "manager", "service"),
    *("security", "verify", "verified", "verification", "confirm", "account", "accounts", "billing"),
    *("payment", "payments", "payout", "payouts", "refund", "refunds", "password", "login", "signin", "passkey"),
    *("customerservice", "customercare", "customersupport", "newsletter", "noreply"),
    *("offiziell", "kundendienst", "kundenservice", "hilfe", "konto", "verwaltung", "sicherheit", "passwort"),
    *("officiel", "officielle", "assistance", "serviceclient", "administrateur", "compte", "securite", "equipe"),
    *("oficial", "soporte", "ayuda", "atencionalcliente", "administrador", "cuenta", "seguridad", "equipo"),
    *("suporte", "ajuda", "atendimento", "conta", "seguranca", "senha", "pagamento", "pagamentos"),
    *("officieel", "klantenservice", "beheerder", "rekening", "beveiliging", "wachtwoord"),
    *("رسمي", "الرسمي", "الدعم", "دعم", "المدير", "مدير", "الإدارة", "إدارة", "حساب", "الحساب"),
    *("公式", "サポート", "運営", "管理者", "管理人", "カスタマー", "本人確認", "アカウント"),
    *("админ", "администратор", "поддержка", "официальный", "модератор"),
)
"""In the eight languages of the portal, and in Russian, whose letters look most like Latin."""
BRANDS = (
    *("passalong", "paypal", "stripe", "klarna", "mastercard", "paddle", "shopify", "woocommerce", "revolut"),
    *("google", "gmail", "icloud", "amazon", "microsoft", "outlook", "facebook", "instagram", "whatsapp"),
    *("telegram", "tiktok", "twitter", "linkedin", "youtube", "github", "netflix", "binance", "coinbase"),
)
ONLY_FOR_CODES = (
    "root",
    "system",
    "help",
    "legal",
    "privacy",
    "abuse",
    "api",
    "www",
    "mail",
    "info",
    "wise",
    "apple",
)
"""Reserved in an address, where they read as a place; in a name they are common words."""
UNSPACED = tuple(word for word in ROLES if not word.isascii() and max(word) > "\u3000")
"""Words of scripts without spaces: they are matched anywhere in a name."""
