// Stands in for the headers of mbed-client, with the names that a security.h may not spoil before they are declared.
#ifndef M2M_H
#define M2M_H

class M2MInterface {
public:
    typedef enum { NOT_SET = 0, UDP = 0x01, TCP = 0x09 } BindingMode;
};

class M2MSecurity {
public:
    typedef enum { Psk = 0, Certificate = 2, NoSecurity = 3 } SecurityModeType;
};

#endif
