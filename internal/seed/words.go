package seed

import (
	"strconv"

	"reelgraph/models"
)

// name is a name as its bearers write it, and in the letters of a handle.
type name struct{ native, latin string }

// people share a way to write names.
type people struct {
	given, family []name
	// joined writes the whole name.
	joined func(given, family string) string
}

func western(given, family string) string { return given + " " + family }
func eastern(given, family string) string { return family + given }

var peoples = []people{
	{
		given:  []name{{"Emma", "emma"}, {"Noah", "noah"}, {"Chloé", "chloe"}, {"Liam", "liam"}, {"Zoë", "zoe"}, {"Søren", "soren"}, {"Maja", "maja"}, {"Theo", "theo"}},
		family: []name{{"Walker", "walker"}, {"Müller", "mueller"}, {"Dubois", "dubois"}, {"O’Brien", "obrien"}, {"Nowak", "nowak"}, {"Rossi", "rossi"}, {"Åberg", "aberg"}, {"Stone", "stone"}},
		joined: western,
	},
	{
		given:  []name{{"서연", "seoyeon"}, {"민준", "minjun"}, {"하은", "haeun"}, {"도윤", "doyun"}, {"지우", "jiwoo"}, {"예준", "yejun"}, {"수아", "sua"}, {"현우", "hyunwoo"}},
		family: []name{{"김", "kim"}, {"이", "lee"}, {"박", "park"}, {"최", "choi"}, {"정", "jung"}, {"강", "kang"}, {"윤", "yoon"}, {"임", "lim"}},
		joined: eastern,
	},
	{
		given:  []name{{"さくら", "sakura"}, {"蓮", "ren"}, {"陽菜", "hina"}, {"湊", "minato"}, {"結衣", "yui"}, {"大翔", "hiroto"}},
		family: []name{{"佐藤", "sato"}, {"鈴木", "suzuki"}, {"高橋", "takahashi"}, {"田中", "tanaka"}, {"伊藤", "ito"}, {"渡辺", "watanabe"}},
		joined: func(given, family string) string { return family + " " + given },
	},
	{
		given:  []name{{"梓涵", "zihan"}, {"浩宇", "haoyu"}, {"雨桐", "yutong"}, {"子轩", "zixuan"}, {"思远", "siyuan"}, {"佳怡", "jiayi"}},
		family: []name{{"王", "wang"}, {"李", "li"}, {"张", "zhang"}, {"刘", "liu"}, {"陈", "chen"}, {"杨", "yang"}},
		joined: eastern,
	},
	{
		given:  []name{{"Lucía", "lucia"}, {"Mateo", "mateo"}, {"Valentina", "valentina"}, {"João", "joao"}, {"Camila", "camila"}, {"Iñaki", "inaki"}},
		family: []name{{"García", "garcia"}, {"Fernández", "fernandez"}, {"Silva", "silva"}, {"Núñez", "nunez"}, {"Ramírez", "ramirez"}, {"Conceição", "conceicao"}},
		joined: western,
	},
	{
		given:  []name{{"Анна", "anna"}, {"Дмитро", "dmytro"}, {"Ольга", "olha"}, {"Иван", "ivan"}, {"Мария", "maria"}, {"Петър", "petar"}},
		family: []name{{"Шевченко", "shevchenko"}, {"Коваль", "koval"}, {"Лис", "lys"}, {"Мельник", "melnyk"}, {"Бондар", "bondar"}, {"Мороз", "moroz"}},
		joined: western,
	},
	{
		given:  []name{{"ليلى", "layla"}, {"يوسف", "yusuf"}, {"نور", "nour"}, {"عمر", "omar"}, {"سلمى", "salma"}, {"كريم", "karim"}},
		family: []name{{"حداد", "haddad"}, {"منصور", "mansour"}, {"خليل", "khalil"}, {"الصالح", "alsaleh"}, {"ناصر", "nasser"}, {"عباس", "abbas"}},
		joined: western,
	},
	{
		given:  []name{{"आरव", "aarav"}, {"अनन्या", "ananya"}, {"विवान", "vivaan"}, {"दीया", "diya"}, {"ईशान", "ishaan"}, {"मीरा", "meera"}},
		family: []name{{"शर्मा", "sharma"}, {"पटेल", "patel"}, {"सिंह", "singh"}, {"राव", "rao"}, {"गुप्ता", "gupta"}, {"मेहता", "mehta"}},
		joined: western,
	},
	{
		given:  []name{{"Ελένη", "eleni"}, {"Νίκος", "nikos"}, {"Δανάη", "danae"}, {"Γιώργος", "giorgos"}},
		family: []name{{"Παππάς", "pappas"}, {"Βλάχος", "vlachos"}, {"Λάμπρου", "lamprou"}, {"Νικολάου", "nikolaou"}},
		joined: western,
	},
	{
		given:  []name{{"Minh", "minh"}, {"Thảo", "thao"}, {"Đức", "duc"}, {"Linh", "linh"}},
		family: []name{{"Nguyễn", "nguyen"}, {"Trần", "tran"}, {"Phạm", "pham"}, {"Hoàng", "hoang"}},
		joined: func(given, family string) string { return family + " " + given },
	},
}

// maxHandle is how long a handle may be.
const maxHandle = 30

// handle is letters, then the row, then the seed: no two rows of any seeds share one.
func handle(given, family string, row int, seed uint64) string {
	unique := strconv.Itoa(row) + "." + strconv.FormatUint(seed, 36)
	letters := given + "_" + family
	return letters[:min(len(letters), maxHandle-len(unique))] + unique
}

// titles are a language's: one of the openings, then one of the endings.
type titles struct {
	openings, endings []string
	between           string
}

func (t titles) title(d *dice) string { return pick(d, t.openings) + t.between + pick(d, t.endings) }

var (
	english = titles{
		[]string{"Slow motion of", "A day with", "Ten seconds of", "Learning", "Night shots of", "The sound of", "How I filmed", "Trying", "Nobody expected", "Remaking", "Rainy evening and", "My first attempt at"},
		[]string{"street food in Busan", "a skateboard line", "the last tram home", "latte art", "a rooftop garden", "kites over the bay", "an old synthesizer", "my neighbour’s cat", "a paper city", "the morning market", "northern lights", "a one-pan dinner", "stop-motion dinosaurs", "a 90s game console"},
		" ",
	}
	korean = titles{
		[]string{"한강에서 찍은", "비 오는 날의", "처음 해 본", "10초로 보는", "골목에서 만난", "새벽 두 시의", "할머니와 함께한", "느린 화면으로 본"},
		[]string{"자전거 여행", "떡볶이 한 접시", "댄스 연습", "고양이의 하루", "벚꽃길", "야시장 구경", "기타 커버", "도시의 불빛"},
		" ",
	}
	spanish = titles{
		[]string{"Una tarde de", "Así suena", "Lo mejor de", "Diez segundos de"},
		[]string{"fútbol en la playa", "la feria del barrio", "guitarra y lluvia", "cocina de mi abuela", "baile en la plaza"},
		" ",
	}
	japanese = titles{
		[]string{"雨の日の", "はじめての", "真夜中の", "10秒でわかる"},
		[]string{"喫茶店", "ラーメン作り", "商店街さんぽ", "電車の窓から", "猫の集会"},
		"",
	}
	languages = []titles{english, english, english, korean, korean, spanish, japanese}
)

var prompts = []string{
	"a city made of paper at dusk, camera gliding between the towers",
	"surfers on a sea of clouds, 35 mm film, warm light",
	"네온 불빛 아래 춤추는 로봇, 빗방울이 튀는 느린 화면",
	"a fox reading a newspaper on a night train",
	"an origami whale swimming over rooftops, seamless loop",
	"벚꽃이 거꾸로 떨어지는 골목길",
	"macro shot of a clockwork beetle waking up",
	"un mercado flotante visto desde un dron al amanecer",
	"hand-drawn storm in blue ink, growing on the page",
	"retro weather report from the moon",
}

var comments = []string{
	"How did you get that shot?", "와 진짜 대박이에요!", "The ending got me.", "Watched it five times already.",
	"색감이 너무 예뻐요", "Tutorial, please!", "¡Qué belleza!", "最高です", "The sound at 0:07 is perfect.", "Where is this?",
}

// failure is why a job failed.
type failure struct {
	code, text string
	attempts   int
}

var failures = []failure{
	{"INSUFFICIENT_CREDITS", "Insufficient credits", 0},
	{"WORKER_LOST", "The worker was lost", 3},
	{"WORKER_ERROR", "The worker ran out of memory", 1},
	{"WORKER_ERROR", "The source could not be decoded", 1},
	{"CONTENT_REJECTED", "The prompt was rejected by the safety filter", 1},
	{"TIMEOUT", "The job took too long", 2},
}

var jobNouns = map[models.AIJobKind]string{
	models.AIJobKindGenerate: "video",
	models.AIJobKindRemix:    "remix",
	models.AIJobKindGlitch:   "glitch",
	models.AIJobKindUpscale:  "upscaled video",
	models.AIJobKindCaption:  "caption track",
}

// announcement is a notification from the platform.
type announcement struct{ title, body string }

var announcements = []announcement{
	{"Welcome", "Upload your first video, or let one be generated for you."},
	{"Captions for everyone", "Captions now cost a single credit."},
	{"서비스 점검 안내", "일요일 새벽 3시부터 4시까지 점검이 있습니다."},
	{"New glitch styles", "Three new looks are waiting in the editor."},
	{"Your week in numbers", "See who watched, liked and remixed your videos."},
}
