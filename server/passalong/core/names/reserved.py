"""Reserved names: roles that speak for a site, and names of payment and login brands."""

ROLES = (
    *("admin", "administrator", "administration", "moderator", "moderation", "webmaster", "postmaster", "hostmaster"),
    *("admins", "administrators", "moderators", "owners", "founder", "ceo", "webshop", "robot", "fraud"),
    *("official", "officially", "support", "helpdesk", "staff", "team", "owner", "manager", "service"),
    *("security", "verify", "verified", "verification", "confirm", "account", "accounts", "billing"),
    *("payment", "payments", "payout", "payouts", "refund", "refunds", "password", "login", "signin", "passkey"),
    *("customerservice", "customercare", "customersupport", "newsletter", "noreply"),
    *("offiziell", "kundendienst", "kundenservice", "hilfe", "konto", "verwaltung", "sicherheit", "passwort"),
    *("kundenbetreuung", "geschäftsführung", "inhaber", "inhaberin", "zahlung", "auszahlung", "bezahlung", "rechnung"),
    *("officiel", "officielle", "assistance", "serviceclient", "administrateur", "compte", "securite", "equipe"),
    *("serviceclients", "serviceclientele", "gerant", "paiement", "paiements", "remboursement"),
    *("oficial", "soporte", "ayuda", "atencionalcliente", "administrador", "cuenta", "seguridad", "equipo"),
    *("servicio", "serviciodeatencion", "pagos", "reembolso", "reembolsos"),
    *("suporte", "ajuda", "atendimento", "seguranca", "senha", "pagamento", "pagamentos", "apoio"),
    *("servico", "apoioaocliente", "equipa"),
    *("officieel", "klantenservice", "beheerder", "rekening", "beveiliging", "wachtwoord"),
    *("klantendienst", "beheer", "eigenaar", "betaling", "betalingen", "terugbetaling"),
    *("رسمي", "الرسمي", "الدعم", "دعم", "المدير", "مدير", "الإدارة", "إدارة", "حساب", "الحساب"),
    *("مشرف", "المشرف", "خدمة", "العملاء", "دفع", "الدفع", "فريق"),
    *("公式", "サポート", "運営", "管理者", "管理人", "カスタマー", "本人確認", "アカウント"),
    *("お問い合わせ", "スタッフ", "店長", "店主", "支払", "返金", "パスワード", "ペイパル"),
    *("管理员", "客服", "官方", "관리자", "운영자", "고객센터", "공식"),
    *("админ", "администратор", "поддержка", "поддержки", "официальный", "модератор", "служба", "счёт"),
)
"""In the eight languages of the portal, and in those whose letters look like Latin or whose readers share a script."""
BRANDS = (
    *("passalong", "paypal", "stripe", "klarna", "mastercard", "paddle", "shopify", "woocommerce", "revolut"),
    *("google", "gmail", "icloud", "amazon", "microsoft", "outlook", "facebook", "instagram", "whatsapp"),
    *("telegram", "tiktok", "twitter", "linkedin", "youtube", "github", "netflix", "binance", "coinbase"),
)
ALONE = (
    *("root", "system", "help", "legal", "privacy", "compliance", "abuse", "api", "www", "mail", "info", "contact"),
    *("shop", "store", "bank", "visa", "wise", "apple", "sofort", "dhl", "ups", "ebay", "steam", "venmo", "zelle"),
    *("trust", "pilot", "cash", "app", "pay", "card", "department", "bot", "sale", "discount", "free", "money"),
    *("the", "your", "our", "click", "here", "won", "you", "winner", "gewinner", "seller", "pago", "conta"),
)
"""Refused in a name that has no other word, where they may be part of a person's name, and anywhere in a code."""
UNSPACED = tuple(word for word in ROLES if not word.isascii() and max(word) > "\u3000")
"""Words of scripts without spaces: they are matched anywhere in a name."""
LEGAL_FORMS = frozenset(
    {
        "gmbh",
        "ag",
        "kg",
        "ug",
        "ev",
        "ltd",
        "limited",
        "inc",
        "llc",
        "plc",
        "co",
        "corp",
        "sarl",
        "sas",
        "sa",
        "sl",
        "srl",
    }
    | {"bv", "nv", "lda", "ltda", "oy", "ab", "aps", "pty"}
)
"""Endings of a company's name that people leave out."""
COMMON_LABELS = frozenset(
    {"www", "shop", "store", "blog", "app", "my", "m", "co", "com", "org", "net", "ac", "gov", "edu", "or", "ne"}
)
"""Labels of a host that name no site."""
