# ruff: noqa: RUF001 - look-alike letters are the point of these texts
"""Texts of generated records, chosen to be hard to encode, compare and truncate."""

FIRST_NAMES = (
    *("Anna", "José", "Zoë", "Siobhán", "Łukasz", "Nguyễn", "İbrahim", "Jean-Luc", "D'Arcy", "Ægir", "Ada"),
    *("محمد", "שָׁלוֹם", "美咲", "지훈", "Дмитрий", "Ελένη", "ณัฐ", "अनन्या", "Ọláolúwa", "O\u2019Neil", "Mia"),
    # a combining accent, a zero-width joiner, a right-to-left mark, an emoji of several code points
    *("Ame\u0301lie", " क्\u200dष", "\u200fעדי", "👩🏽\u200d💻 Sam", "Zero\u200bWidth", "𝓜𝓪𝔁"),
)
LAST_NAMES = (
    *("Smith", "García Márquez", "van der Berg", "Müller", "O'Brien", "Şahin", "Ó Súilleabháin", "Nowak"),
    *("الفارسي", "כהן", "佐藤", "김", "Иванов", "Παπαδόπουλος", "ศรีสุข", "शर्मा", "de la Cruz", "Åkesson"),
    *(
        'Quote"Backslash\\',
        "Tab\tNewline\nName",
        "<b>Bold</b>",
        "Comma, Semi; Jr.",
        "N\u0303un\u0303ez",
        "Null",
    ),
)
ROLES = (
    *("Head of People", "Chief Technology Officer", "Talent Acquisition Lead 🚀", "Directrice générale"),
    *("Leiter*in Einkauf", "人事部長", "مدير التوظيف", "VP, Sales & Marketing", "Recruiter", ""),
)
DEPARTMENTS = ("People", "Engineering", "Vertrieb", "Finance", "R&D", "营销", "Ventes 🛒", "Legal", " ")
COMPANY_STEMS = (
    "Acme",
    "Globex",
    "Initech",
    "Æon",
    "Żabka",
    "東京",
    "Σigma",
    "Nordlys",
    "Café Noir",
    "O₂",
    "Umbra",
)
COMPANY_FORMS = ("Ltd", "GmbH", "S.A.", "株式会社", "Inc.", "BV", "AB", "& Söhne KG", "ООО", "Oy")
STREETS = (
    "High Street",
    "Königsallee",
    "Rue de l'Église",
    "Nørregade",
    "大通り",
    "ул. Ленина",
    "Calle Ñuñoa",
)
CITIES = (
    ("London", "England", "Greater London", "United Kingdom", 51.5072, -0.1276),
    ("Zürich", "Zürich", "ZH", "Schweiz", 47.3769, 8.5417),
    ("São Paulo", "Sudeste", "SP", "Brasil", -23.5505, -46.6333),
    ("東京", "関東", "東京都", "日本", 35.6762, 139.6503),
    ("القاهرة", "القاهرة", "C", "مصر", 30.0444, 31.2357),
    ("Suva", "Central", "Rewa", "Fiji", -18.1248, 178.4501),
    ("Null Island", "Gulf of Guinea", "-", "-", 0, 0),
)
SENTENCES = (
    *(
        "Met at the fair in Köln.",
        "Prefers calls after 16:00 ☎️",
        "Line one\nline two\r\nline three",
        "نعم، مهتم",
    ),
    *(
        "Quotes: “curly”, 'single', \"double\", \\backslash\\",
        "很有兴趣。",
        "\u202eright to left override\u202c",
        "…",
    ),
    *(
        "Not the decision maker; ask for the CFO.",
        "{'json': [\"like\"]}",
        "a,b;c|d\te",
        "𝟙𝟚𝟛",
        "-",
        "NaN",
        "true",
    ),
)
USER_NAMES = (
    *(
        "Olivia Bennett",
        "Noah Weiß",
        "Chloé Dubois",
        "Yūki 田中",
        "Amira Haddad",
        "Piotr Wójcik",
        "Lars Ødegård",
    ),
    *("Inês Araújo", "Gone Already", "Åsa Öberg", "Finn 🐟 Fischer", "Ruth Ben-Ami"),
)
CONTACT_STAGES = (
    *(("New", "#A1B2C3"), ("Contacted", "#00ff88"), ("Meeting planned", "#123456")),
    *(("Client", "#0a0a0a"), ("Champion ⭐", "#FFD700"), ("Dormant", "#999999")),
)
OPPORTUNITY_STAGES = (
    *(("Lead", True), ("Qualified", True), ("Proposal sent", True)),
    *(("Negotiation", True), ("Won 🎉", False), ("Lost", False)),
)
TASKS = (
    "Call back",
    "Envoyer le contrat ✍️",
    "Send CV of two candidates",
    "予定を確認",
    "Follow up on the terms",
)
SKILLS = ("Hiring", "Budget holder", "Speaks Türkçe", "Remote ok", "C++ / C#", "年俸制")
REGIONS = ("EMEA", "APAC", "Amériques", "DACH 🏔️", "Nordics")
FORMER_USERS = ("Left Long Ago", "Übergangs-Konto")
NATIONALITIES = ("British", "French", "Japanese", "Turkish", "Brazilian", "Fijian")
PERSON_STATUSES = (
    *("actively_looking", "not_actively_looking", "do_not_contact", "do_not_poach"),
    "approachable_but_not_actively_looking",
)
LANGUAGES = ("English", "Français", "日本語", "العربية", "Türkçe")
FLUENCIES = ("Native or bilingual proficiency", "Professional working proficiency")
CURRENCIES = ("EUR", "GBP", "USD", "JPY")
SOCIAL_MEDIA = (("LINKEDIN", "linkedin.com/in"), ("TWITTER", "x.com"), ("INSTAGRAM", "instagram.com"))
CLIENT_STATUSES = ("lead", "client", "former")
INDUSTRIES = ("Software Development", "Hospitals and Health Care", "Banking", "Renewable Energy", "Food & Beverages")
SIZES = ("1 employee", "2-10 employees", "11-50 employees", "51-200 employees", "10,001+ employees")
ROUND_TYPES = ("Seed", "Series A", "Series B", "Venture - Series Unknown")
VACANCY_STAGES = (
    *(("Intake", "#778899", True), ("Sourcing", "#3366ff", True), ("On hold ⏸️", "#dddd00", True)),
    *(("Filled", "#00aa00", False), ("Lost", "#aa0000", False), ("Closed", "#444444", False)),
)
VACANCY_STATUSES = ("open", "open", "hold", "filled", "lost", "closed")
"""The status of the older documentation for each stage."""
EMPLOYMENT_TYPES = (
    *("fullTime", "partTime", "temporary", "internship", "permanent", "fixedTermContract"),
    *("interimOrTemporary", "contract"),
)
LOCATION_TYPES = ("remote", "hybrid", "onsite")
APPLICATION_STAGES = (
    *(("Applied", "#a0a0a0"), ("Screening", "#ffcc00"), ("Submitted to client", "#0099ff")),
    *(("Interview 🎤", "#9900ff"), ("Offer", "#66cc66"), ("Placed", "#009900")),
)
SPECULATIVE_STAGES = (("Spontaneous", "#b0b0b0"), ("Talent pool", "#80c0c0"))
STAGE_LABELS = (("To call", "#ff0000"), ("Waiting for the client ⏳", "#00ff00"))
ACTIVITY_TYPES = ("applicationCreated", "appliedInbound")
REASONS = ("Salary expectations", "Client chose another candidate", "Hors délai", "")
NOTE_SOURCES = ("phone", "phoneInbound", "phoneOutbound", "inPerson", "onlineMeeting", "callAttempted")
LIST_NAMES = ("Top Java people", "Fête 2025 🎉", "海外候補", "Do not call", "Alumni; 2020-2024")
LIST_TYPES = ("PERSONAL", "WORKSPACE")
FILES = (("CV Ægir", ".pdf"), ("Offre signée", ".docx"), ("履歴書", ".xlsx"), ("scan", None), (None, ".png"))
MEETINGS = ("Intake", "Entretien n°2", "面接", "Catch-up ☕", "")
