//! What a column's name says about people: it strengthens or weakens what the cells say.

use crate::infer::name;

/// Words that a column of people is named with.
const PEOPLE: &str = "\
    physician doctor surgeon nurse therapist dentist consultant provider clinician radiologist \
    pathologist practitioner gp prescriber arzt ärztin aerztin behandler pfleger employee staff \
    worker manager supervisor boss chef director lead leader foreman officer assistant colleague \
    mitarbeiter mitarbeiterin angestellter leiter betreuer sachbearbeiter bearbeiter salesperson \
    salesman seller buyer vendor verkäufer kunde kundin customer client guest tenant landlord \
    owner patient person people member participant student pupil teacher professor lecturer tutor \
    coach player author writer editor reviewer reviewed approver approved assignee reporter \
    sender receiver recipient contact ansprechpartner agent driver passenger spouse parent mother \
    father child guardian applicant candidate signatory beneficiary donor witness attorney judge \
    investigator examiner inspector rep salesrep advisor adviser broker caseworker handler \
    operator emp cust md crew captain pilot hausarzt kontakt inhaber besitzer fahrer lehrer \
    schüler médecin medico médico paciente empleado employé cliente";

/// Words of columns that hold names of something else, however like names of people they are.
const THINGS: &str = "\
    city town village place location country nation state region county district province \
    municipality borough ort stadt land kreis bundesland ville pays ciudad street road station \
    airport port stop line route destination dest origin product item article brand make model \
    drug medication medicine substance species genus breed plant animal flower variety cultivar \
    color colour farbe month weekday day season school university college team club league movie \
    film title song album book genre series game department dept division company firm employer \
    organisation organization bank store shop hotel restaurant hospital clinic ward diagnosis \
    disease category type class status ship vessel hurricane storm site religion";

/// Whole names of columns of names.
const CALLED: &str = "\
    name names fullname vollname nom nombre nome";

/// Endings for given names.
const GIVEN: &str = "\
    firstname givenname forename middlename fname vorname prénom prenom";

/// Endings for family names.
const FAMILY: &str = "\
    lastname surname familyname maidenname lname nachname familienname apellido cognome";

/// Endings for user names.
const USER: &str = "\
    username nickname screenname loginname userlogin benutzer benutzername useraccount handle \
    login";

/// Words for telephone numbers.
const PHONE: &str = "\
    phone telephone tel mobile cellphone cell fax phonenumber telefon telefonnummer handy \
    handynummer mobil rufnummer telefono teléfono téléphone portable whatsapp msisdn caller \
    callee telno";

/// Words for postal addresses.
const ADDRESS: &str = "\
    address street addr adresse anschrift straße strasse direccion dirección indirizzo endereço \
    adres";

/// Words for addresses of machines.
const MACHINE: &str = "\
    ip ipv4 ipv6 host addr address src dst server client";

/// Words for numbers with points that are no addresses.
const VERSION: &str = "\
    version release build firmware ver revision section oid";

/// Words for vehicles.
const VEHICLE: &str = "\
    vin chassis fin fahrgestellnummer fahrgestell vehicle";

/// Words for number plates.
const PLATE: &str = "\
    plate plates platenumber licenceplate licenseplate numberplate kennzeichen registration \
    immatriculation matricula targa kfz";

/// Words for telephones and the like.
const DEVICE: &str = "\
    imei meid device handset";

/// Words for payment cards.
const CARD: &str = "\
    card credit cc pan creditcard cardnumber kreditkarte";

/// Words for numbers that states give their people.
const NATIONAL: &str = "\
    ssn nin nino pesel bsn nir aadhaar aadhar dni nie cpf nhs sin ahv avs steuerid taxid idnr \
    personnummer cpr hetu tckn cnp fiscale passport ausweis steuernummer insurance \
    versichertennummer svnr tin";

/// Endings for such numbers.
const NATIONAL_ENDS: &str = "\
    socialsecuritynumber socialsecurity nationalid taxid steueridentifikationsnummer \
    nationalinsurance personalid idcard taxnumber steuerid";

/// What the words of a column's name hint at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Hints {
    pub people: bool,
    pub things: bool,
    pub given: bool,
    pub family: bool,
    pub user: bool,
    pub phone: bool,
    pub address: bool,
    pub machine: bool,
    pub version: bool,
    pub vehicle: bool,
    pub plate: bool,
    pub device: bool,
    pub card: bool,
    pub national: bool,
}

impl Hints {
    pub(crate) fn of(words: &[String]) -> Hints {
        let joined = words.concat();
        let has = |list: &str| {
            list.split_ascii_whitespace()
                .any(|w| words.iter().any(|x| x == w))
        };
        let ends = |list: &str| list.split_ascii_whitespace().any(|w| joined.ends_with(w));
        let named = |list: &str| list.split_ascii_whitespace().any(|w| joined == w);
        let by = words.len() > 1 && words.last().is_some_and(|w| w == "by");
        let someone = words.last().is_some_and(|w| w == "name") && name::is_of_someone(words);
        Hints {
            people: has(PEOPLE) || by || someone || named(CALLED) || ends("fullname"),
            things: has(THINGS),
            given: ends(GIVEN),
            family: ends(FAMILY),
            user: named("user login handle") || ends(USER),
            phone: has(PHONE),
            address: has(ADDRESS),
            machine: has(MACHINE),
            version: has(VERSION),
            vehicle: has(VEHICLE),
            plate: has(PLATE),
            device: has(DEVICE),
            card: has(CARD),
            national: has(NATIONAL) || ends(NATIONAL_ENDS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_hint_at_people_and_at_things() {
        let of = |column: &str| Hints::of(&name::words(column));
        assert!(of("sold_by").people && of("PatientName").people && of("Arzt").people);
        assert!(of("home_town").things && !of("home_town").people);
        assert!(of("Vorname").given && of("last_name").family && of("Handynummer").phone);
        assert!(of("steuer_id").national && of("licence_plate").plate && !of("price").card);
        assert_eq!(of("x"), Hints::default());
    }
}
