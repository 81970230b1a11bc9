// Stands in for Mbed OS: as much of it as a security.h meets.
#ifndef MBED_H
#define MBED_H

enum PinName { NC = -1, BUTTON1 = 0x2d06, SW3 = 0x2004 };

class InterruptIn {
public:
    explicit InterruptIn(PinName pin) : pin_(pin) {}
    PinName pin() const { return pin_; }

private:
    PinName pin_;
};

#endif
