"""How the national list names the job roles that a session may be offered under (SDS job role names, NHS England).

GP Connect sends code and name; the code alone decides. A test asks that every role of `appointments.rules` stands here.
"""

JOB_ROLE_NAMES: dict[str, str] = {
    "R0260": "General Medical Practitioner",
    "R0261": "Assistant GP",
    "R0262": "Locum GP",
    "R0270": "Salaried General Practitioner",
    "R6200": "GP Registrar",
    "R6300": "Sessional GP",
    "R0410": "Student Practice Nurse",
    "R0570": "Nurse Consultant",
    "R0580": "Nurse Manager",
    "R0600": "Specialist Nurse Practitioner",
    "R0610": "Sister/Charge Nurse",
    "R0620": "Staff Nurse",
    "R0630": "Enrolled Nurse",
    "R0690": "Community Practitioner",
    "R0700": "Community Nurse",
    "R1543": "Associate Practitioner - Nurse",
    "R1290": "Pharmacist",
    "R9803": "Clinical Pharmacist Advanced Practitioner",
    "R9804": "Clinical Pharmacists",
    "R1450": "Health Care Support Worker",
    "R1480": "Healthcare Assistant",
    "R1590": "Phlebotomist",
    "R1547": "Associate Practitioner - General Practitioner",
    "R9813": "Physician Associates",
    "R1070": "Paramedic",
    "R1100": "Paramedic Specialist Practitioner",
    "R1110": "Physiotherapist",
    "R1140": "Physiotherapist Specialist Practitioner",
    "R9806": "First Contact Physiotherapists",
    "R9801": "Care Co-ordinators",
    "R1550": "Counsellor",
}
