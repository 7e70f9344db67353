// The word lists of the rules: plain English, nothing of any one business. Read once, by the lexicon in tokens.cpp.
#pragma once

#include <cstdint>
#include <string_view>

namespace wrapup::rules {

/// What a word can be. A word may carry several.
enum WordFlag : std::uint32_t {
  kFunction = 1U << 0,  // carries no topic: the, of, is
  kRoleWord = 1U << 1,  // names a side of the call: caller, agent
  kGeneric = 1U << 2,   // verbs and nouns of any call: want, need, help
  kNegation = 1U << 3,  // not, never, without
  kMonth = 1U << 4,
  kWeekday = 1U << 5,
  kUnit = 1U << 6,  // zero to nineteen
  kTens = 1U << 7,
  kScale = 1U << 8,  // hundred, thousand
  kOrdinal = 1U << 9,
  kDayPart = 1U << 10,      // morning, evening
  kRelativeDay = 1U << 11,  // today, tomorrow
  kPreposition = 1U << 12,
  kBreaker = 1U << 13,  // ends a name or a place: pronouns, verbs, conjunctions
  kTitle = 1U << 14,    // Mr, Dr
  kAsker = 1U << 15,    // opens a question: what, can, do
  kFiller = 1U << 16,   // uh, well, please
  kNato = 1U << 17,     // spelling alphabet: alpha for A
  kCurrency = 1U << 18,
  kCounted = 1U << 19,     // nouns that count people: people, guests, riders
  kCorrection = 1U << 20,  // takes back what was said before
  kRegret = 1U << 21,      // something could not be done
  kGivenName = 1U << 22,   // a given name, and nothing else
  kNameToo = 1U << 23,     // a given name that is a word too: mark, will
};

struct WordGroup {
  std::uint32_t flags;
  std::string_view words;
};

inline constexpr WordGroup kWordGroups[] = {
    {kFunction | kBreaker,
     "the a an and or but so if whether then than that this these those it its i me my mine we us our ours you your "
     "yours he "
     "him his she her they "
     "them their is am are was were be been being do does did done doing have has had having will would shall should "
     "can could may might "
     "must im i'm i'd i'll i've ive its it's that's thats there there's theres what's whats where's when's we're we've "
     "we'll you're youre "
     "you've they're he's she's let let's lets don't dont doesn't doesnt didn't didnt won't wont can't cant cannot "
     "couldn't wouldn't isn't "
     "isnt aren't wasn't weren't wasnt not as while because about who whom whose which what when where why how just "
     "also too very really "
     "some any all each every both such same other another more most less least there here now only even still yet "
     "again ever"},
    {kFunction | kPreposition,
     "of in on at by for from to with into onto near around between through until till after before since off over up "
     "out down"},
    {kRoleWord | kFunction,
     "caller callers customer customers client clients user users guest patient passenger lead prospect agent "
     "assistant bot representative "
     "operator contact person callee respondent participant"},
    {kGeneric,
     "want wants wanted need needs needed like liked look looking looks get gets getting got give gave given giving "
     "make made take tell say said "
     "says ask asked asks asking help mention mentioned state stated provide provided know think would prefer "
     "preferred kind type sort call "
     "conversation end finally final name called number interested accept choose chosen chooses settle settles offer "
     "offers offered have use "
     "used happen happened concern concerned exactly much many thing something way go going goes come level main "
     "reason purpose first put "
     "according wish wished wishes correct able"},
    {kBreaker,
     "change changing search searching try add adding move moving cancel pay paying buy buying purchase order ordering "
     "watch watching eat help use "
     "give send talk speak switch keep put report set schedule confirm meet pick drop see ask listen attend organize "
     "organise rent renting "
     "want need like looking going get got have please thanks thank yes no ok okay yeah sure hello hi hey bye goodbye "
     "want wants would could "
     "should book reserve find make take leave leaving depart departing arrive arriving return returning travel "
     "travelling traveling fly flying "
     "go goes come coming stay staying check checking start starting need needs know think see work works works sounds "
     "seems be do tell ask "
     "call calling wanted wondering trying able possible available instead today tomorrow tonight next if then so "
     "because since sorry great "
     "perfect actually maybe perhaps well oh uh um also per is costs cost which that who correct right with without "
     "than"},
    {kNegation,
     "not no never without don't dont doesn't doesnt didn't didnt won't wont can't cant cannot couldn't wouldn't isn't "
     "isnt aren't "
     "wasn't wasnt weren't nor neither none nothing unable unfortunately instead nope"},
    {kTitle, "mr mrs ms miss dr doctor prof professor sir madam"},
    {kAsker | kFunction, "what when where which who whom whose why how"},
    {kAsker, "can could would will do does did is are was were may shall should have has please"},
    {kFiller,
     "uh um er erm hmm mm ah oh well so ok okay yeah yes yep yup no nope sure please thanks thank actually like just "
     "right alright great "
     "hi hello hey good perfect and but sorry then um-hum"},
    {kCurrency, "dollar dollars buck bucks pound pounds euro euros credit credits cents cent usd eur gbp quid"},
    {kCounted,
     "people persons person guests guest riders rider passengers passenger adults travelers travellers seats tickets "
     "ticket seat attendees "
     "invitees coworkers friends of"},
    {kCorrection, "actually instead wait rather sorry changed change oops"},
    {kRegret, "unfortunately unable unavailable sorry couldn't wasn't declined"},
    {kDayPart, "morning afternoon evening night noon midday midnight"},
    {kRelativeDay, "today tomorrow tonight yesterday"},
};

struct ValueWord {
  std::string_view word;
  std::uint32_t flags;
  int value;
};

inline constexpr ValueWord kValueWords[] = {
    {"zero", kUnit, 0},
    {"one", kUnit, 1},
    {"two", kUnit, 2},
    {"three", kUnit, 3},
    {"four", kUnit, 4},
    {"five", kUnit, 5},
    {"six", kUnit, 6},
    {"seven", kUnit, 7},
    {"eight", kUnit, 8},
    {"nine", kUnit, 9},
    {"ten", kUnit, 10},
    {"eleven", kUnit, 11},
    {"twelve", kUnit, 12},
    {"thirteen", kUnit, 13},
    {"fourteen", kUnit, 14},
    {"fifteen", kUnit, 15},
    {"sixteen", kUnit, 16},
    {"seventeen", kUnit, 17},
    {"eighteen", kUnit, 18},
    {"nineteen", kUnit, 19},
    {"twenty", kTens, 20},
    {"thirty", kTens, 30},
    {"forty", kTens, 40},
    {"fourty", kTens, 40},
    {"fifty", kTens, 50},
    {"sixty", kTens, 60},
    {"seventy", kTens, 70},
    {"eighty", kTens, 80},
    {"ninety", kTens, 90},
    {"hundred", kScale, 100},
    {"thousand", kScale, 1000},
    {"million", kScale, 1000000},
    {"first", kOrdinal, 1},
    {"second", kOrdinal, 2},
    {"third", kOrdinal, 3},
    {"fourth", kOrdinal, 4},
    {"fifth", kOrdinal, 5},
    {"sixth", kOrdinal, 6},
    {"seventh", kOrdinal, 7},
    {"eighth", kOrdinal, 8},
    {"ninth", kOrdinal, 9},
    {"tenth", kOrdinal, 10},
    {"eleventh", kOrdinal, 11},
    {"twelfth", kOrdinal, 12},
    {"thirteenth", kOrdinal, 13},
    {"fourteenth", kOrdinal, 14},
    {"fifteenth", kOrdinal, 15},
    {"sixteenth", kOrdinal, 16},
    {"seventeenth", kOrdinal, 17},
    {"eighteenth", kOrdinal, 18},
    {"nineteenth", kOrdinal, 19},
    {"twentieth", kOrdinal, 20},
    {"thirtieth", kOrdinal, 30},
    {"january", kMonth, 1},
    {"jan", kMonth, 1},
    {"february", kMonth, 2},
    {"feb", kMonth, 2},
    {"march", kMonth, 3},
    {"mar", kMonth, 3},
    {"april", kMonth, 4},
    {"apr", kMonth, 4},
    {"may", kMonth, 5},
    {"june", kMonth, 6},
    {"jun", kMonth, 6},
    {"july", kMonth, 7},
    {"jul", kMonth, 7},
    {"august", kMonth, 8},
    {"aug", kMonth, 8},
    {"september", kMonth, 9},
    {"sep", kMonth, 9},
    {"sept", kMonth, 9},
    {"october", kMonth, 10},
    {"oct", kMonth, 10},
    {"november", kMonth, 11},
    {"nov", kMonth, 11},
    {"december", kMonth, 12},
    {"dec", kMonth, 12},
    {"monday", kWeekday, 1},
    {"mon", kWeekday, 1},
    {"tuesday", kWeekday, 2},
    {"tue", kWeekday, 2},
    {"tues", kWeekday, 2},
    {"wednesday", kWeekday, 3},
    {"wed", kWeekday, 3},
    {"thursday", kWeekday, 4},
    {"thu", kWeekday, 4},
    {"thur", kWeekday, 4},
    {"thurs", kWeekday, 4},
    {"friday", kWeekday, 5},
    {"fri", kWeekday, 5},
    {"saturday", kWeekday, 6},
    {"sat", kWeekday, 6},
    {"sunday", kWeekday, 7},
    {"sun", kWeekday, 7},
    {"alpha", kNato, 'a'},
    {"alfa", kNato, 'a'},
    {"bravo", kNato, 'b'},
    {"charlie", kNato, 'c'},
    {"delta", kNato, 'd'},
    {"echo", kNato, 'e'},
    {"foxtrot", kNato, 'f'},
    {"golf", kNato, 'g'},
    {"hotel", kNato, 'h'},
    {"india", kNato, 'i'},
    {"juliet", kNato, 'j'},
    {"juliett", kNato, 'j'},
    {"kilo", kNato, 'k'},
    {"lima", kNato, 'l'},
    {"mike", kNato, 'm'},
    {"oscar", kNato, 'o'},
    {"papa", kNato, 'p'},
    {"quebec", kNato, 'q'},
    {"romeo", kNato, 'r'},
    {"sierra", kNato, 's'},
    {"tango", kNato, 't'},
    {"uniform", kNato, 'u'},
    {"victor", kNato, 'v'},
    {"whiskey", kNato, 'w'},
    {"whisky", kNato, 'w'},
    {"xray", kNato, 'x'},
    {"yankee", kNato, 'y'},
    {"zulu", kNato, 'z'},
};

/// Words that stand for each other in a question and its answer; the first of a line is the one that the others become.
inline constexpr std::string_view kSynonyms[] = {
    "book booking booked reserve reservation reserving reserved schedule scheduled scheduling arrange arranged",
    "buy buying bought purchase purchasing purchased",
    "find finding search searching look looking locate browse explore seek suggest recommend",
    "change changed changing modify update alter amend reschedule switch",
    "cancel cancellation cancelled canceled cancelling canceling",
    "doctor physician gp",
    "phone telephone mobile cell cellphone",
    "email e-mail mail",
    "price cost costs fare fee charge rent pricing priced balance",
    "cheap inexpensive budget affordable low-cost",
    "expensive pricey upscale luxurious fancy",
    "moderate mid-range reasonable medium mid",
    "center centre central downtown",
    "film movie films movies cinema",
    "home apartment flat apartments",
    "house houses",
    "car vehicle auto automobile",
    "ride rides cab taxi lift driven drive",
    "event events",
    "wheelchair accessible accessibility",
    "wifi wi-fi internet",
    "hair haircut hairstylist stylist hairdresser barber salon",
    "stay staying accommodation lodge",
    "pet pets dog dogs cat cats",
    "meet meeting appointment appointments",
    "visit viewing tour",
    "decaffeinated decaf",
    "repeat again once",
    "human manager supervisor someone",
    "complaint complain complained complaining",
    "deliver delivery delivers delivering",
    "birth born birthday dob",
    "postcode zip zipcode postal",
    "surname lastname",
    "ok okay",
    "company business employer",
    "holiday vacation",
    "weather forecast",
    "fraud fraudulent stolen theft scam",
    "transfer send wire",
    "song music track",
    "begin start beginning starts starting begins",
    "leave depart departure departing leaving departs leaves",
    "arrive arrival arriving arrives",
    "ticket tickets",
    "bedroom bedrooms bed beds",
    "pay payment paying",
    "discount coupon promotion promo",
    "return round-trip roundtrip round",
    "furnished furniture",
    "cable tv",
    "child children kid kids son daughter",
    "card cards",
    "friend friends",
};

}  // namespace wrapup::rules
